// Whoever follows the portal's own links and presses its own buttons meets no dead end: as each role, from the list of
// registries on. Pages are found and not listed, so that those which come later are looked at as well.

import assert from "node:assert/strict";
import { look, ok, signIn, sound, visitor, withBrowser } from "./lib.mjs";
import { crawl, kindOf, press } from "./crawling.mjs";

// Whoever may delete comes last.
const ROLES = ["AcrPull", "AcrPush", "AcrDelete", "Reader", "Contributor", "Owner"];
// What somebody meets who may do everything; a crawl that finds less has lost its way.
const KINDS_MIN = 9;
// The registry that has nothing.
const EMPTY = "nothinghere";

/** Follows and presses everything that a role can get at, and says how much that was. */
async function role(browser, person) {
    const who = await visitor(browser);
    const come = () => signIn(who, person);
    await come();
    const found = await crawl(who);
    const pressed = await press(who, found.buttons, come);
    ok(`${person}: ${found.pages.length} pages of ${found.kinds.size} kinds, ${found.parts} parts of pages, ${
        found.forms} searches; buttons: ${pressed.join(", ")}; at most ${found.html} bytes of HTML, and ${
        found.first} to load`);
    await who.context.close();
}

/** Every kind of page as its readers see it: both languages, wide and narrow, light and dark. */
async function gallery(browser, pages) {
    const screens = ["en", "zh-TW"].flatMap((language) => [375, 1440].map((width) => ({ language, width })));
    const each = async (screen) => {
        const who = await visitor(browser, screen);
        await signIn(who, "Owner");
        for (const [name, { path }] of pages) {
            await who.page.goto(path);
            await look(who, name);
        }
        await who.context.close();
    };
    await Promise.all([0, 1].map((at) => each(screens[at])));
    await Promise.all([2, 3].map((at) => each(screens[at])));
    ok(`${pages.size} pages are accessible in both languages, wide and narrow, light and dark`);
}

/**
 * The page of each kind that shows the most, by the name of its picture; of a registry that has nothing, too. What a query
 * names is looked at where there is no page without one: else it is a part of a list.
 */
function chosen(found) {
    const pages = new Map();
    const whole = new Set(found.pages.filter(({ url }) => url.search === "").map(({ url }) => url.pathname));
    for (const { url, html } of found.pages.filter(({ url }) => url.search === "" || !whole.has(url.pathname))) {
        const empty = url.pathname.startsWith(`/portal/registries/${EMPTY}`) ? "-empty" : "";
        const name = kindOf(url).replace("/portal/", "").replaceAll("{}", "one").replaceAll(/[^a-z]+/gi, "-") + empty;
        if ((pages.get(name)?.html ?? 0) < html) pages.set(name, { path: url.pathname + url.search, html });
    }
    return pages;
}

/** Nobody sees any of it without having signed in. */
async function stranger(browser, pages) {
    const who = await visitor(browser);
    for (const path of pages) {
        await who.page.goto(path);
        assert.equal(new URL(who.page.url()).pathname, "/portal/sign-in", path);
    }
    await sound(who);
    ok(`${pages.length} pages lead somebody who has not signed in to the sign-in`);
    await who.context.close();
}

await withBrowser(async (browser) => {
    const owner = await visitor(browser);
    await signIn(owner, "Owner");
    const found = await crawl(owner);
    assert.ok(found.kinds.size >= KINDS_MIN, `only ${[...found.kinds.keys()]}`);
    await owner.context.close();
    await gallery(browser, chosen(found));
    await stranger(browser, [...found.kinds.values()]);
    for (const person of ROLES) await role(browser, person);
});
