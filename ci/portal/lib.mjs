// What the scripts of the portal share: a browser, people with a language, a screen and a role, and what must hold of
// every page that any of them looks at. A fact is one line; what does not hold throws, which ends the script.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { words } from "./words.mjs";

export const site = JSON.parse(readFileSync(process.env.PORTAL_SITE, "utf8"));
export const registryPage = `/portal/registries/${site.registry}`;
export const hooksPage = `${registryPage}/webhooks`;

const axeSource = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// The only rules whose answer is another in the dark.
const AXE_COLOR_RULES = ["color-contrast", "link-in-text-block"];
const HTML_BYTES_MAX = 50_000;
const FIRST_LOAD_BYTES_MAX = 60_000;
const WAIT_MS = 15_000;

const script = path.basename(process.argv[1]);
export const ok = (fact) => console.log(`ok ${script}: ${fact}`);

/** Runs a script with a browser, which is ended with it. */
export async function withBrowser(run) {
    const browser = await chromium.launch({
        executablePath: "/usr/bin/chromium",
        // Nothing but this machine is there, whatever the browser itself would like to ask.
        args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"],
    });
    try {
        await run(browser);
    } finally {
        await browser.close();
    }
}

/**
 * Somebody with a browser of their own. `problems` is what their browser complains of, whenever that is; `at` is how the
 * pictures of what they see are called.
 */
export async function visitor(browser, options = {}) {
    const { language = "en", width = 1440, scripts = true, secure = false, state } = options;
    const base = secure ? site.tls : site.base;
    const context = await browser.newContext({
        baseURL: base,
        locale: language,
        viewport: { width, height: width < 600 ? 800 : 900 },
        javaScriptEnabled: scripts,
        ignoreHTTPSErrors: secure,
        reducedMotion: "reduce",
        storageState: state,
    });
    context.setDefaultTimeout(WAIT_MS);
    const page = await context.newPage();
    const who = {
        base, context, page, language, width, scripts, words: words[language],
        at: `${language}-${width}`, problems: [], sizes: new Map(), pending: new Set(),
    };
    await watch(who);
    return who;
}

async function watch(who) {
    const { context, problems, sizes, pending } = who;
    await context.exposeBinding("tellOfViolation", (_, what) => problems.push(`CSP violation: ${what}`));
    await context.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => {
        globalThis.tellOfViolation(`${event.violatedDirective} ${event.blockedURI} at ${document.URL}`);
    }));
    context.on("console", (message) => {
        if (!["error", "warning"].includes(message.type())) return;
        // The answer itself is looked at below, or by whoever has asked for the page.
        if (/^Failed to load resource: the server responded with a status of/.test(message.text())) return;
        problems.push(`console: ${message.text()} at ${message.location().url}`);
    });
    context.on("weberror", (error) => problems.push(`error in a script: ${error.error()}`));
    context.on("request", (request) => {
        if (new URL(request.url()).origin !== who.base) problems.push(`request to elsewhere: ${request.url()}`);
    });
    context.on("requestfailed", (request) => {
        // Whoever types on, or goes to another page, wants no answer any more.
        const why = request.failure()?.errorText;
        if (why !== "net::ERR_ABORTED") problems.push(`request failed: ${request.url()} ${why}`);
    });
    context.on("response", (response) => {
        const request = response.request();
        if (!request.isNavigationRequest() && response.status() >= 400) {
            problems.push(`${response.status()} for ${request.url()}`);
        }
        if (response.status() >= 500) problems.push(`${response.status()} for ${request.url()}`);
        if (request.isNavigationRequest()) who.main = response;
    });
    context.on("requestfinished", (request) => {
        const size = request.sizes().then(({ responseBodySize, responseHeadersSize }) => {
            // What comes from the cache is smaller; a first load has all of it.
            const url = request.url();
            sizes.set(url, Math.max(sizes.get(url) ?? 0, responseBodySize + responseHeadersSize));
        }).catch(() => undefined).finally(() => pending.delete(size));
        pending.add(size);
    });
}

/** Fails if the browser has complained of anything since it was asked last. */
export function content(who) {
    assert.deepEqual(who.problems.splice(0), []);
}

/** Signs in, as one of the roles or by name. */
export async function signIn(who, person) {
    const { page, words } = who;
    const { name, password } = site.people[person];
    if (!page.url().includes("/portal/sign-in")) await page.goto("/portal/sign-in");
    await page.getByLabel(words.user, { exact: true }).fill(name);
    await page.getByLabel(words.password, { exact: true }).fill(password);
    await page.getByRole("button", { name: words.signIn }).click();
    await page.waitForURL((url) => !url.pathname.endsWith("/sign-in"));
}

/**
 * What must hold of a page, whoever looks at it: a title, one heading, a language, a way on, no complaint of the browser,
 * and small enough.
 */
export async function sound(who, status = 200) {
    const { page } = who;
    // With its style, too.
    await page.waitForLoadState();
    const where = `${who.at} ${page.url()}`;
    assert.equal(who.main.status(), status, where);
    const facts = await page.evaluate(() => ({
        title: document.title,
        headings: [...document.querySelectorAll("h1")].map((heading) => heading.innerText.trim()),
        language: document.documentElement.lang,
        links: [...document.querySelectorAll("a[href]:not(.skip)")]
            .map((link) => new URL(link.href))
            .filter((url) => url.origin === location.origin && url.pathname !== location.pathname).length,
        forms: document.querySelectorAll("form button").length,
        loads: [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], img[src]")]
            .map((element) => element.href ?? element.src),
        width: document.documentElement.scrollWidth,
    }));
    assert.match(facts.title, /^\S.* · Boathook$/, `the title of ${where}`);
    assert.equal(facts.headings.length, 1, `one heading at ${where}`);
    assert.notEqual(facts.headings[0], "", `the heading of ${where}`);
    assert.equal(facts.language, who.language === "en" ? "en" : "zh-Hant", `the language of ${where}`);
    assert.ok(facts.links + facts.forms > 0, `nothing leads on from ${where}`);
    assert.ok(facts.width <= who.width, `${where} is ${facts.width} pixels wide, and its window ${who.width}`);
    const html = (await who.main.body()).length;
    assert.ok(html < HTML_BYTES_MAX, `${where} is ${html} bytes of HTML`);
    if (who.width < 600) await tabular(who, where);
    await Promise.all(who.pending);
    const first = [who.main.url(), ...facts.loads].reduce((sum, url) => sum + (who.sizes.get(url) ?? 0), 0);
    assert.ok(first < FIRST_LOAD_BYTES_MAX, `${where} is ${first} bytes to load`);
    content(who);
    return { html, first };
}

/** What looks like a list on a narrow screen is a table for those who hear it: every cell in its row, and in its column. */
async function tabular({ page, context }, where) {
    // What nobody has unfolded is heard as little as it is seen.
    const drawn = await page.locator("table").evaluateAll((tables) => tables.filter((table) => table.checkVisibility())
        .map((table) => [...table.rows].map((row) => [row.parentElement.localName, row.cells.length])));
    if (drawn.length === 0) return;
    const session = await context.newCDPSession(page);
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    await session.detach();
    const byId = new Map(nodes.map((node) => [node.nodeId, node]));
    // What has no role of its own is looked through.
    const children = (node) => (node.childIds ?? []).map((id) => byId.get(id)).flatMap((child) =>
        child.ignored || ["none", "generic"].includes(child.role.value) ? children(child) : [child]);
    const isA = (...roles) => (node) => roles.includes(node.role.value);
    const heard = nodes.filter((node) => !node.ignored).filter(isA("table")).map((table) =>
        children(table).filter(isA("rowgroup")).flatMap((group) => children(group).filter(isA("row")).map((row) => {
            const cells = children(row).filter(isA("cell", "columnheader"));
            return [cells.every(isA("columnheader")) ? "thead" : "tbody", cells.length];
        })));
    assert.deepEqual(heard, drawn, `the tables of ${where}, as they are heard`);
}

/** Looks at a page: it is sound, accessible in light and dark, and there are pictures of it, if it has a name. */
export async function look(who, name, status = 200) {
    const { page } = who;
    const sizes = await sound(who, status);
    const picture = async (scheme) => {
        if (!name) return;
        const file = `${name}-${who.at}-${scheme}.png`;
        const folder = process.env.PORTAL_SCREENSHOTS;
        await page.screenshot({ path: path.join(folder, file), fullPage: true, animations: "disabled" });
    };
    await page.evaluate(axeSource);
    await accessible(who, "light", { type: "tag", values: AXE_TAGS });
    await picture("light");
    await page.emulateMedia({ colorScheme: "dark" });
    await accessible(who, "dark", { type: "rule", values: AXE_COLOR_RULES });
    await picture("dark");
    await page.emulateMedia({ colorScheme: "light" });
    content(who);
    return sizes;
}

async function accessible({ page, at }, scheme, runOnly) {
    const options = { runOnly, preload: false, resultTypes: ["violations"] };
    const { violations, passes } = await page.evaluate((options) => globalThis.axe.run(document, options), options);
    assert.ok(passes.length > 0, "axe has looked");
    const found = violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html}: ${failureSummary}`));
    assert.deepEqual(found, [], `axe, ${at} ${scheme} ${page.url()}`);
}

/** Asks for the same page anew until it shows something, by the button that is for that. */
export async function refreshUntil(who, locator, what) {
    const { page, words } = who;
    const end = Date.now() + WAIT_MS;
    while (await locator.count() === 0) {
        assert.ok(Date.now() < end, `not within ${WAIT_MS} ms: ${what}`);
        await page.getByRole("link", { name: words.refresh, exact: true }).click();
        await page.waitForLoadState();
        // Whoever refreshes is not faster than that.
        await page.waitForTimeout(100);
    }
}

/** Pushes an image as a client does. */
export async function push(image) {
    const { host } = new URL(site.base);
    await promisify(execFile)("skopeo", [
        "copy", "--quiet", "--all", "--dest-tls-verify=false", "--dest-creds", `${site.user}:${site.password}`,
        `oci:${site.image}:v1`, `docker://${host}/${image}`,
    ]);
}
