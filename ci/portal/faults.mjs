// The checks themselves are checked: a page that is broken on purpose is found to be so, or nothing of the rest is a fact.

import assert from "node:assert/strict";
import { crawl } from "./crawling.mjs";
import { look, ok, registryPage, signIn, site, visitor, withBrowser } from "./lib.mjs";

const BEFORE_MAIN = '<main id="main">';

/** What is put into a page, or out of it, and what has to be said then. */
const FAULTS = [
    ["a title of nothing", (html) => html.replace(/<title>[^<]*/, "<title>"), /title/],
    ["two headings", (html) => html.replace(BEFORE_MAIN, `${BEFORE_MAIN}<h1>other</h1>`), /one heading/],
    ["no language", (html) => html.replace(/ lang="en"/, ""), /language/],
    ["a wide picture", (html) => html.replace(BEFORE_MAIN, `${BEFORE_MAIN}<svg width="9000" height="9"></svg>`), /pixels wide/],
    ["a script inside", (html) => html.replace("</body>", "<script>globalThis.x = 1</script></body>"), /CSP|Content Security/],
    ["a style inside", (html) => html.replace("<main", '<main style="color: red"'), /CSP|Content Security/],
    ["a picture from elsewhere", (html) => html.replace("</body>", '<img src="http://127.0.0.1:9/a.png" alt="a"></body>'),
        /elsewhere|CSP/],
    ["a script that fails", (html) => html.replace(/<script src="[^"]*portal-[^"]*"/, '<script src="/portal/static/none.js"'),
        /404 for/],
    ["very much HTML", (html) => html.replace("</body>", `${"<p>much</p>".repeat(5_000)}</body>`), /bytes of HTML/],
    ["pale letters", (html) => html.replace("</head>",
        '<meta name="pale"></head>').replace(BEFORE_MAIN, `${BEFORE_MAIN}<p class="pale">pale</p>`), /color-contrast/],
    ["a field without a name", (html) => html.replace(BEFORE_MAIN, `${BEFORE_MAIN}<input type="text">`), /label/],
    ["a picture without words", (html) => html.replace(BEFORE_MAIN, `${BEFORE_MAIN}<img src="/portal/static/none.svg">`),
        /image-alt|404 for/],
];

/** Shows a page that is not as the server has made it. */
async function broken(who, change, path = registryPage) {
    await who.context.route((url) => url.pathname === path, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: change(await response.text()) });
    });
    // Style that only the broken page has.
    await who.context.route("**/portal-*.css", async (route) => {
        const response = await route.fetch();
        const body = `${await response.text()}\n.pale { color: #ddd; background: #fff; }`;
        await route.fulfill({ response, body });
    });
}

await withBrowser(async (browser) => {
    const sound = await visitor(browser);
    await signIn(sound, "Owner");
    await sound.page.goto(registryPage);
    await look(sound, "");
    const state = await sound.context.storageState();
    for (const [what, change, said] of FAULTS) {
        const who = await visitor(browser, { state });
        await broken(who, change);
        await who.page.goto(registryPage);
        await assert.rejects(look(who, ""), said, `nobody notices ${what}`);
        await who.context.close();
    }
    const ways = [
        ["a link to nothing", (html) => html.replace(BEFORE_MAIN, `${BEFORE_MAIN}<a href="/portal/none">none</a>`), /with 404/],
        ["a link to what the role may not do", (html) =>
            html.replace(BEFORE_MAIN, `${BEFORE_MAIN}<a href="/portal/registries/${site.registry}/webhooks/-/new">new</a>`),
        /with 403/],
    ];
    for (const [what, change, said] of ways) {
        const who = await visitor(browser);
        await signIn(who, "Reader");
        await broken(who, change, "/portal/registries");
        await assert.rejects(crawl(who), said, `nobody notices ${what}`);
        await who.context.close();
    }
    ok(`found when broken: ${[...FAULTS, ...ways].map(([what]) => what).join(", ")}`);
    await sound.context.close();
});
