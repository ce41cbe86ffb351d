// How somebody goes through the portal who follows every link and presses every button.

import assert from "node:assert/strict";
import { content, sound } from "./lib.mjs";

const PAGES_MAX = 400;
// How many pages of one kind are enough: lists have pages without end.
const KIND_MAX = 6;
// What is typed into fields of searches: nothing, something, and what would break a page that is put together carelessly.
const TYPED = ["", "a", `"><b>'&%00é`];
// Buttons that end something. What is on a page decides as well: such a button is red.
const DESTRUCTIVE = /\/(delete|remove|purge|revoke|sign-out|sessions)\b/;
const ENDS_SESSION = /\/(sign-out|sessions)$/;

/** The address without what makes no other page of it. */
function plain(url) {
    const copy = new URL(url);
    copy.hash = "";
    for (const name of ["lang", "done"]) copy.searchParams.delete(name);
    return copy.href;
}

/** Which kind of page an address leads to: names of things left out, and what their query asks for. */
export function kindOf(url) {
    let isName = false;
    const named = url.pathname.split("/").map((segment, at, all) => {
        isName = at > 2 && segment !== "-" && (
            (!isName && /^[a-z]+s$/.test(all[at - 1])) || /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(segment) || segment.includes(":"));
        return isName ? "{}" : segment;
    });
    const asked = [...new Set(url.searchParams.keys())].filter((name) => url.searchParams.get(name)).sort();
    return named.join("/") + (asked.length > 0 ? `?${asked.join("&")}` : "");
}

/** What a page offers: links, searches, parts that htmx would fetch, and buttons. */
function offered() {
    const forms = [...document.forms].map((form) => ({
        method: form.method, action: form.action,
        fields: [...new FormData(form)].map(([name, value]) => [name, String(value)]),
        typed: [...form.elements].filter((field) => field.matches("input:not([type=hidden]), textarea, select"))
            .map((field) => ({
                name: field.name, isText: field.matches("[type=text], [type=search], input:not([type])"),
                options: field.matches("select") ? [...field.options].map((option) => option.value) : [],
            })),
        isValid: form.checkValidity(),
        buttons: [...form.querySelectorAll("button, input[type=submit]")].map((button, at) => ({
            at, text: button.innerText.trim(), isDangerous: button.matches(".danger"), sendsAnyway: button.formNoValidate,
        })),
    }));
    return {
        forms,
        links: [...document.querySelectorAll("a[href]")].filter((link) => !link.hreflang).map((link) => link.href),
        parts: [...document.querySelectorAll("[hx-get]")]
            .map((field) => [new URL(field.getAttribute("hx-get"), location.href).href, field.name ?? ""]),
    };
}

/** The addresses that a search leads to. */
function searches(form) {
    const submitted = (changes) => {
        const url = new URL(form.action);
        url.search = new URLSearchParams([...form.fields.filter(([name]) => !(name in changes)), ...Object.entries(changes)]);
        return url.href;
    };
    const texts = form.typed.filter(({ isText }) => isText);
    const all = texts.length > 0 ? TYPED : [""];
    const urls = all.map((typed) => submitted(Object.fromEntries(texts.map(({ name }) => [name, typed]))));
    const choices = form.typed.flatMap(({ name, options }) => options.map((option) => submitted({ [name]: option })));
    return [...urls, ...choices.slice(0, 20)];
}

/** Follows every link from the list of registries on. */
export async function crawl(who) {
    const { page, base } = who;
    const start = plain(new URL("/portal/registries", base));
    const found = { pages: [], kinds: new Map(), buttons: [], parts: 0, forms: 0, html: 0, first: 0 };
    const queue = [[start, "the start"]];
    const known = new Set([start]);
    const counts = new Map();
    const parts = new Set();
    while (queue.length > 0 && found.pages.length < PAGES_MAX) {
        const [url, from] = queue.shift();
        await page.goto(url);
        const kind = kindOf(new URL(url));
        const status = who.main.status();
        assert.equal(status, 200, `${url}, where ${from} leads, is answered with ${status}`);
        const { html, first } = await sound(who);
        found.html = Math.max(found.html, html);
        found.first = Math.max(found.first, first);
        found.pages.push({ url: new URL(url), html });
        if (!found.kinds.has(kind)) found.kinds.set(kind, new URL(url).pathname + new URL(url).search);
        const { links, forms, parts: offers } = await page.evaluate(offered);
        const gets = forms.filter(({ method }) => method === "get").flatMap(searches);
        found.forms += gets.length;
        for (const next of [...links, ...gets].map((link) => plain(link))) {
            const to = new URL(next);
            if (to.origin !== base || known.has(next)) continue;
            known.add(next);
            // A part of another face is none of the portal's business, and a link to one would be downloaded.
            assert.ok(to.pathname.startsWith("/portal"), `${url} links to ${next}`);
            const own = kindOf(to);
            counts.set(own, (counts.get(own) ?? 0) + 1);
            if (counts.get(own) <= KIND_MAX) queue.push([next, url]);
        }
        for (const [part, name] of offers) {
            const key = `${kindOf(new URL(part))} ${name}`;
            if (parts.has(key)) continue;
            parts.add(key);
            await fetchPart(who, part, name);
            found.parts += 1;
        }
        for (const form of forms.filter(({ method }) => method === "post")) {
            for (const button of form.buttons) found.buttons.push({ on: url, form, button });
        }
    }
    return found;
}

/** What htmx would fetch is a part of a page. */
async function fetchPart({ context, base }, part, name) {
    for (const typed of TYPED) {
        const url = new URL(part);
        url.searchParams.set(name, typed);
        const headers = { "HX-Request": "true", "Sec-Fetch-Site": "same-origin", Origin: base };
        const answer = await context.request.get(url.href, { headers });
        assert.equal(answer.status(), 200, `a part: ${url}`);
        assert.ok(!(await answer.text()).includes("<html"), `all of a page instead of a part: ${url}`);
    }
}

/**
 * Presses buttons of each kind, twice what ends nothing, because it may matter where it is: on the first such page and on
 * the last. What ends something comes after all else, and what ends the session at the very end. `come` signs in.
 */
export async function press(who, buttons, come) {
    const kinds = new Map();
    for (const each of buttons) {
        const path = new URL(each.form.action).pathname;
        const ends = DESTRUCTIVE.test(path) || each.button.isDangerous;
        const rank = ENDS_SESSION.test(path) ? 2 : Number(ends);
        const key = `${kindOf(new URL(each.form.action))} ${each.button.text}`;
        const kind = kinds.get(key) ?? { rank, text: each.button.text, all: [] };
        kind.all.push(each);
        kinds.set(key, kind);
    }
    for (const { rank, text, all } of [...kinds.values()].sort((one, other) => one.rank - other.rank)) {
        let left = rank === 0 ? 2 : 1;
        // Others have pressed buttons too, and what they have deleted is not there any more.
        for (const each of [all[0], ...all.slice(1).reverse()]) {
            if (left > 0 && await pressOne(who, each, come)) left -= 1;
        }
        assert.ok(left < 2 && !(rank > 0 && left > 0), `no ${text} was there to be pressed`);
    }
    return [...kinds.values()].map(({ text }) => text);
}

async function pressOne(who, { on, form, button }, come) {
    const { page } = who;
    await page.goto(on);
    if (new URL(page.url()).pathname === "/portal/sign-in") await come();
    const { pathname, search } = new URL(form.action);
    const forms = page.locator(`form[method=post][action="${pathname}${search}"]`);
    const own = forms.filter({ has: page.getByRole("button", { name: button.text, exact: true }) }).first();
    if (await own.count() === 0) return false;
    const pressed = own.getByRole("button", { name: button.text, exact: true }).first();
    if (!form.isValid && !button.sendsAnyway) {
        // The browser itself says what is missing.
        await pressed.click();
        assert.ok(await page.locator("form :invalid").count() > 0, `${button.text} does nothing on ${on}`);
        return true;
    }
    await Promise.all([page.waitForNavigation(), pressed.click()]);
    const status = who.main.status();
    const path = new URL(page.url()).pathname;
    // 409: it is said why that cannot be done now, such as an event of a webhook that is off.
    assert.ok([200, 409, 422].includes(status), `${button.text} on ${on} is answered with ${status} at ${path}`);
    if (status === 422) assert.ok(await page.locator(".problem").count() > 0, `${button.text} on ${on} says no, and not why`);
    await sound(who, status);
    content(who);
    return true;
}
