// Microsoft's how-to "Using Azure Container Registry webhooks", from the sign-in to Delete: in both languages, on a phone
// and on a desk, without scripts, and by the keyboard alone.

import assert from "node:assert/strict";
import {
    content, hooksPage, look, ok, push, refreshUntil, registryPage, signIn, site, sound, visitor,
    withBrowser,
} from "./lib.mjs";

const SECRET = "verysecret";
const TYPED_INTO = ["sign-in", "sign-in-wrong", "create-wrong", "create-tags", "webhook-new", "gone"];

/** The whole of it, once. */
async function howto(browser, options) {
    const who = await visitor(browser, options);
    const name = `howto${who.language.replace("-", "")}${who.width}${who.scripts ? "" : "plain"}`;
    const how = `${who.language}, ${who.width} px${who.scripts ? "" : ", without scripts"}`;
    // Pages look the same without scripts; crawl.mjs looks closely at those that are there without typing anything.
    const see = (kind, status) => who.scripts && TYPED_INTO.includes(kind) ? look(who, kind, status) : sound(who, status);
    await arrive(who, see);
    ok(`${how}: signed in, and found the webhooks`);
    await fillIn(who, see, name);
    ok(`${how}: wrong fields are said beside them, nothing typed is lost, and the webhook is made`);
    await hear(who, see, name);
    ok(`${how}: a ping and a push were answered with 200, nothing secret is shown, and an event is sent again`);
    await change(who, see, name);
    ok(`${how}: configured, filtered, and deleted`);
    await leave(who, see);
    ok(`${how}: signed out`);
    await who.context.close();
}

async function arrive(who, see) {
    const { page, words } = who;
    await page.goto("/");
    await see("sign-in");
    await page.getByLabel(words.user, { exact: true }).fill("the-owner");
    await page.getByLabel(words.password, { exact: true }).fill("wrong");
    await page.getByRole("button", { name: words.signIn }).click();
    await page.getByRole("alert").getByText(words.notSignedIn).waitFor();
    assert.equal(await page.getByLabel(words.user, { exact: true }).inputValue(), "the-owner");
    assert.equal(await page.getByLabel(words.password, { exact: true }).inputValue(), "");
    await see("sign-in-wrong", 401);
    await signIn(who, "Owner");
    await page.getByRole("heading", { name: words.registries }).waitFor();
    await see("registries");
    await page.getByRole("link", { name: site.registry, exact: true }).click();
    await page.waitForURL(`**${registryPage}`);
    await see("registry");
    await page.getByRole("link", { name: words.webhooks, exact: true }).click();
    await page.waitForURL(`**${hooksPage}`);
    await see("webhooks");
    await page.getByRole("link", { name: words.otherLanguage }).click();
    await page.locator(`html[lang=${who.language === "en" ? "zh-Hant" : "en"}]`).waitFor();
    assert.equal(new URL(page.url()).pathname, hooksPage);
    await page.locator("footer a").first().click();
    await page.getByRole("link", { name: words.add }).click();
    await page.getByRole("heading", { name: words.createWebhook }).waitFor();
    await see("create");
}

const field = ({ page, words }, name) => page.getByLabel(words[name], { exact: true });

async function fillIn(who, see, name) {
    const { page, words } = who;
    assert.deepEqual(await field(who, "location").locator("option").allInnerTexts(), ["local", "north"]);
    if (who.scripts) await answersWhileTyping(who, name);
    // A name that is none stops in the browser, with script and without.
    await field(who, "name").fill("bad!");
    await field(who, "uri").fill("ftp://example.com/hook");
    await page.getByRole("button", { name: words.create, exact: true }).click();
    assert.equal(await field(who, "name").evaluate((input) => input.validity.valid), false);
    assert.equal(new URL(page.url()).pathname, `${hooksPage}/-/new`);

    // What was said of the name goes, and all below it moves: nobody presses what moves.
    const isSaid = who.scripts ? page.waitForResponse((answer) => answer.url().includes(`name=${name}`)) : undefined;
    await field(who, "name").fill(name);
    await isSaid;
    await page.locator("#name-answer .problem").waitFor({ state: "detached" });
    await field(who, "location").selectOption("local");
    await field(who, "headers").fill("nonsense");
    await page.getByRole("checkbox", { name: words.push }).uncheck();
    await page.getByRole("radio", { name: words.off, exact: true }).check();
    await field(who, "scope").fill("Team/*:v1");
    await page.getByRole("button", { name: words.create, exact: true }).click();
    await page.getByRole("alert").getByText(words.somethingIsWrong).waitFor();
    // Whoever sent it goes on at the first field that is wrong, and from what is said above to each of them.
    await page.locator("#service_uri:focus").waitFor();
    const links = page.getByRole("alert").getByRole("link");
    assert.deepEqual(await links.evaluateAll((all) => all.map((link) => link.hash)),
        ["#service_uri", "#custom_headers", "#actions", "#scope"]);
    await links.last().click();
    await page.locator("#scope:focus").waitFor();
    for (const [at, said] of [
        ["#service_uri-problem", words.wrongUri], ["#custom_headers-problem", words.wrongHeader],
        ["#actions-problem", words.wrongActions], ["#scope-answer .problem", words.wrongScope],
    ]) {
        assert.ok((await page.locator(at).innerText()).includes(said), `${at} says ${said}`);
    }
    // Where a field is wrong, who hears the page is told so with the field.
    for (const wrong of ["uri", "headers", "scope"]) {
        assert.equal(await field(who, wrong).getAttribute("aria-invalid"), "true", wrong);
        const ids = (await field(who, wrong).getAttribute("aria-describedby")).split(" ");
        const said = await Promise.all(ids.map((id) => page.locator(`#${id}`).innerText()));
        assert.ok(said.length > 1 && said.join("").length > 20, wrong);
    }
    const typed = { name, uri: "ftp://example.com/hook", headers: "nonsense", scope: "Team/*:v1", location: "local" };
    for (const [at, value] of Object.entries(typed)) assert.equal(await field(who, at).inputValue(), value, at);
    assert.equal(await page.getByRole("checkbox", { name: words.push }).isChecked(), false);
    assert.equal(await page.getByRole("radio", { name: words.off, exact: true }).isChecked(), true);
    await see("create-wrong", 422);

    await field(who, "uri").fill(`http://user:${SECRET}@${new URL(site.sink).host}/${name}?from=howto`);
    await field(who, "headers").fill(`Authorization: Bearer ${SECRET}\nX-Kind: howto`);
    await page.getByRole("checkbox", { name: words.push }).check();
    await page.locator("input[name=actions][value=delete]").check();
    await page.locator("input[name=status][value=enabled]").check();
    await field(who, "scope").fill("team/*:v1");
    await page.getByRole("button", { name: words.whichTags }).click();
    await page.locator("#scope-answer").getByText("team/app:v1").waitFor();
    assert.equal(await field(who, "headers").inputValue(), `Authorization: Bearer ${SECRET}\nX-Kind: howto`);
    await see("create-tags");
    await field(who, "scope").fill(`team/${name.toLowerCase()}:*`);
    await page.getByRole("button", { name: words.create, exact: true }).click();
    await page.getByRole("status").getByText(words.created).waitFor();
    assert.equal(new URL(page.url()).pathname, `${hooksPage}/${name}`);
    await see("webhook-new");
}

async function answersWhileTyping(who) {
    const { page, words } = who;
    const type = async (name, text) => {
        await field(who, name).fill("");
        await field(who, name).pressSequentially(text);
    };
    await type("name", "abc");
    await page.locator("#name-answer").getByText(words.wrongName).waitFor();
    await type("name", "seedpushes");
    await page.locator("#name-answer").getByText(words.nameTaken).waitFor();
    await type("name", "seedpushesnot");
    await page.locator("#name-answer .problem").waitFor({ state: "detached" });
    await type("scope", "team/*:v*");
    await page.locator("#scope-answer").getByText("team/app:v2").waitFor();
    await type("scope", "team/:::");
    await page.locator("#scope-answer .problem").getByText(words.wrongScope).waitFor();
    await type("scope", "team/tools:*");
    await page.locator("#scope-answer").getByText("team/tools:latest").waitFor();
    assert.equal(await page.locator("#scope-answer li").count(), 1);
}

async function hear(who, see, name) {
    const { page, words } = who;
    await page.getByRole("button", { name: words.ping, exact: true }).click();
    await page.getByRole("status").getByText(words.pinged).waitFor();
    const row = (text) => page.getByRole("row").filter({ hasText: text }).filter({ hasText: "200 OK" });
    await refreshUntil(who, row("ping"), "the ping is answered with 200 OK");
    const image = `team/${name.toLowerCase()}`;
    await push(`${image}:v1`);
    await refreshUntil(who, row(`${image}:v1`), "the push is answered with 200 OK");
    await see("webhook");
    assert.ok(!(await page.content()).includes(SECRET), "a secret on the page of a webhook");
    await row(`${image}:v1`).getByRole("link").click();
    await page.locator("#attempt").waitFor();
    await page.locator("main").getByText(words.delivered).first().waitFor();
    const shown = await page.locator("main").innerText();
    assert.ok(shown.includes(image) && shown.includes("X-Kind: howto") && shown.includes("POST http://"), shown);
    assert.ok(!(await page.content()).includes(SECRET), "a secret on the page of an event");
    await see("event");
    await page.getByRole("button", { name: words.redeliver }).click();
    await page.getByRole("status").getByText(words.redelivered).waitFor();
    const second = page.getByRole("row").filter({ has: page.getByRole("link", { name: "2", exact: true }) });
    await refreshUntil(who, second.getByText("200 OK"), "the second attempt");
    await page.getByRole("link", { name, exact: true }).click();
}

async function change(who, see, name) {
    const { page, words } = who;
    await page.getByRole("link", { name: words.configure, exact: true }).click();
    await page.getByRole("heading", { name: words.configureHook }).waitFor();
    assert.ok((await field(who, "headers").inputValue()).includes(`Bearer ${SECRET}`), "its owner sees the headers");
    await see("configure");
    await field(who, "scope").fill("");
    await page.getByRole("button", { name: words.save }).click();
    await page.getByRole("status").getByText(words.changed).waitFor();

    const filter = page.getByRole("searchbox", { name: words.filterEvents });
    const search = page.getByRole("button", { name: words.search });
    await filter.fill("zzz");
    if (!who.scripts) await search.click();
    await page.getByText(words.nothingFound).waitFor();
    await filter.fill(`${name.toUpperCase()}:V1`);
    if (!who.scripts) await search.click();
    await page.locator("#events tbody tr").first().waitFor();
    assert.deepEqual(await page.locator("#events td:nth-child(2)").allInnerTexts(), ["push"]);

    await page.getByRole("link", { name: words.webhooks, exact: true }).first().click();
    await page.getByRole("searchbox", { name: words.filterWebhooks }).fill(name);
    if (!who.scripts) await page.getByRole("button", { name: words.search }).click();
    await page.waitForFunction(() => document.querySelectorAll("#rows tbody tr").length === 1);
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByRole("link", { name: words.delete, exact: true }).click();
    await page.getByRole("heading", { name: words.deleteHook }).waitFor();
    await see("delete");
    await page.getByRole("button", { name: words.delete, exact: true }).click();
    await page.getByRole("status").getByText(words.deleted).waitFor();
    assert.equal(await page.getByRole("link", { name, exact: true }).count(), 0);
    await page.goto(`${hooksPage}/${name}`);
    await page.getByRole("heading", { name: words.gone }).waitFor();
    await see("gone", 404);
}

async function leave(who, see) {
    const { page, words } = who;
    await page.getByRole("link", { name: "the-owner" }).click();
    await page.getByRole("heading", { name: words.account, exact: true }).waitFor();
    await see("account");
    await page.getByRole("button", { name: words.signOut, exact: true }).click();
    await page.getByRole("heading", { name: words.signIn }).waitFor();
    await page.goto(registryPage);
    assert.equal(new URL(page.url()).pathname, "/portal/sign-in");
    await signIn(who, "Reader");
    assert.equal(new URL(page.url()).pathname, registryPage, "led back to where somebody wanted to go");
    content(who);
}

/** Makes a webhook with nothing but the keyboard, seeing all the time where one is. */
async function byKeyboard(browser) {
    const who = await visitor(browser, {});
    const { page, words } = who;
    const { name, password } = site.people.Owner;
    await page.goto(`/portal/sign-in?back=${encodeURIComponent(`${hooksPage}/-/new`)}`);
    await tabTo(who, "user", name);
    await tabTo(who, "password", password);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${hooksPage}/-/new`);

    await page.keyboard.press("Tab");
    const skip = page.getByRole("link", { name: words.skip });
    const box = await skip.boundingBox();
    assert.ok(box.width > 40 && box.height > 20, "the link past the navigation is seen");
    await page.keyboard.press("Enter");
    const fields = {
        name: "bykeyboard", location: "n", service_uri: `${site.sink}/keyboard`, custom_headers: "X-Kind: keyboard",
        scope: "keyboard/*",
    };
    const met = [];
    for (const [at, text] of Object.entries(fields)) met.push(...await tabTo(who, at, text));
    assert.equal(met[0], "name", "the link leads past the navigation");
    assert.ok(met.includes("actions") && met.includes("status"), met.join());
    await tabTo(who, "", "", (element) => element.matches("form.fields button:not([name])"));
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText(words.created).waitFor();
    assert.ok((await page.locator(".essentials").innerText()).includes("north"), "the location by its first letter");
    await look(who, "");
    ok("by the keyboard alone: a webhook is made, every stop is seen, and the navigation can be passed over");
    await who.context.close();
}

/** Presses Tab until a field has the focus, and types; says where the focus has been. */
async function tabTo({ page }, name, text, matches = undefined) {
    const met = [];
    for (let step = 0; step < 40; step += 1) {
        await page.keyboard.press("Tab");
        const [own, seen, is] = await page.evaluate(() => {
            const element = document.activeElement;
            const { outlineStyle, outlineWidth } = getComputedStyle(element);
            const { top, bottom, width } = element.getBoundingClientRect();
            const inside = 0 <= top && bottom <= innerHeight && width > 1;
            const is = element.matches("form.fields button:not([name])");
            return [element.name ?? "", inside && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2, is];
        });
        assert.ok(seen, `it is not seen where the focus is: ${own}`);
        met.push(own);
        if (matches ? is : own === name) {
            await page.keyboard.type(text);
            return met;
        }
    }
    throw new Error(`the keyboard does not reach ${name}: ${met}`);
}

await withBrowser(async (browser) => {
    await Promise.all([["en", 1440], ["zh-TW", 375]].map(([language, width]) => howto(browser, { language, width })));
    await Promise.all([["en", 375], ["zh-TW", 1440]].map(([language, width]) => howto(browser, { language, width })));
    await Promise.all([
        howto(browser, { language: "en", width: 375, scripts: false }),
        howto(browser, { language: "zh-TW", width: 1440, scripts: false }),
    ]);
    await byKeyboard(browser);
});
