// What goes wrong between people and pages: a session that ends under a form, a form that is sent twice, two tabs with one
// webhook, a page too many that follows events, and far too many tabs.

import assert from "node:assert/strict";
import { content, hooksPage, ok, signIn, site, sound, visitor, withBrowser } from "./lib.mjs";

const TABS = 200;

const at = (page) => new URL(page.url()).pathname;

/** Opens the form of a new webhook and fills it in. */
async function fillIn({ page, words }, name) {
    await page.goto(`${hooksPage}/-/new`);
    await page.getByLabel(words.name, { exact: true }).fill(name);
    await page.getByLabel(words.uri, { exact: true }).fill(`${site.sink}/${name}`);
    await page.getByLabel(words.headers, { exact: true }).fill('X-Kind: "<b>&amp;" 中文%0A\nX-Other: two');
    await page.getByLabel(words.location, { exact: true }).selectOption("north");
    await page.locator("input[name=actions][value=chart_push]").check();
    await page.getByLabel(words.scope, { exact: true }).fill(`${name}/*:v1`);
}

/** The session ends while the form is open: nothing that was typed is lost, and nothing is done unasked. */
async function sessionEnds(browser, language) {
    const who = await visitor(browser, { language, width: 375 });
    const elsewhere = await visitor(browser, { language });
    const { page, words } = who;
    const name = `forgotten${language.slice(0, 2)}`;
    for (const each of [who, elsewhere]) await signIn(each, "forgetful");
    await fillIn(who, name);
    await elsewhere.page.goto("/portal/sessions");
    await elsewhere.page.getByRole("button", { name: words.signOutEverywhere }).click();
    await elsewhere.page.waitForURL("**/portal/sign-in**");

    await page.getByRole("button", { name: words.create, exact: true }).click();
    await page.getByRole("alert").getByText(words.sessionEnded).waitFor();
    await sound(who, 401);
    // Wrong at first: what was typed into the other form is still kept.
    await page.getByLabel(words.user, { exact: true }).fill("forgetful");
    await page.getByLabel(words.password, { exact: true }).fill("wrong");
    await page.getByRole("button", { name: words.signIn }).click();
    await page.getByRole("alert").getByText(words.notSignedIn).waitFor();
    await page.getByLabel(words.password, { exact: true }).fill(site.people.forgetful.password);
    await page.getByRole("button", { name: words.signIn }).click();
    await page.getByRole("heading", { name: words.notSentYet }).waitFor();
    await sound(who, 422);
    assert.equal((await page.request.get(`${hooksPage}/${name}`)).status(), 404, "nothing is made unasked");
    await page.getByRole("button", { name: words.sendNow }).click();
    await page.getByRole("status").getByText(words.created).waitFor();
    await page.goto(`${hooksPage}/${name}/configure`);
    const value = (field) => page.getByLabel(words[field], { exact: true }).inputValue();
    assert.equal(await value("uri"), `${site.sink}/${name}`);
    // The server takes the text as it is; the browser sends what UTF-8 it is.
    assert.equal((await value("headers")).trim(), 'X-Kind: "<b>&amp;" 中文%0A\nX-Other: two');
    assert.equal(await value("scope"), `${name}/*:v1`);
    assert.equal(await page.locator("input[name=actions]:checked").count(), 2);
    ok(`${language}: a session ended under a form: its owner signs in and sends it, and nothing is lost`);
    for (const each of [who, elsewhere]) {
        content(each);
        await each.context.close();
    }
}

/** A form is sent twice. */
async function sentTwice(browser) {
    const who = await visitor(browser);
    const { page, words } = who;
    await signIn(who, "Owner");
    await fillIn(who, "senttwice");
    await page.getByRole("button", { name: words.create, exact: true }).dblclick();
    await page.getByRole("status").getByText(words.created).waitFor();
    assert.equal(at(page), `${hooksPage}/senttwice`);
    // The same again, from the form as it was: that is the webhook that is there already.
    await page.goBack();
    await page.getByRole("button", { name: words.create, exact: true }).waitFor();
    await fillIn(who, "senttwice");
    await page.getByRole("button", { name: words.create, exact: true }).click();
    await page.getByRole("status").getByText(words.created).waitFor();
    // Another of the name is none.
    await fillIn(who, "senttwice");
    await page.getByLabel(words.uri, { exact: true }).fill(`${site.sink}/another`);
    await page.getByRole("button", { name: words.create, exact: true }).click();
    await page.locator("#name-answer").getByText(words.nameTaken).waitFor();
    await page.goto(`${hooksPage}/senttwice`);
    assert.ok((await page.locator(".essentials").innerText()).includes(`${site.sink}/senttwice`));
    await page.getByRole("button", { name: words.ping, exact: true }).dblclick();
    await page.getByRole("status").getByText(words.pinged).waitFor();
    await page.goto(`${hooksPage}/senttwice/delete`);
    await page.getByRole("button", { name: words.delete, exact: true }).dblclick();
    // The second click finds nothing to delete, and its answer is the one that is shown.
    await page.getByText(words.deleted).or(page.getByRole("heading", { name: words.gone })).waitFor();
    await page.goto(hooksPage);
    assert.equal(await page.getByRole("link", { name: "senttwice" }).count(), 0);
    content(who);
    ok("a form that is sent twice makes one webhook, and a name that is taken replaces none");
    await who.context.close();
}

/** Two tabs have one webhook open. */
async function twoTabs(browser) {
    const who = await visitor(browser);
    const { page, words, context } = who;
    await signIn(who, "Owner");
    await fillIn(who, "twotabs");
    await page.getByRole("button", { name: words.create, exact: true }).click();
    await page.getByRole("status").getByText(words.created).waitFor();
    const other = await context.newPage();
    const scope = (tab) => tab.getByLabel(words.scope, { exact: true });
    const save = (tab) => tab.getByRole("button", { name: words.save }).click();
    for (const tab of [page, other]) await tab.goto(`${hooksPage}/twotabs/configure`);
    await scope(other).fill("theirs:*");
    await save(other);
    await other.getByRole("status").getByText(words.changed).waitFor();
    await scope(page).fill("mine:*");
    await save(page);
    await page.getByRole("alert").getByText(words.changedMeanwhile).waitFor();
    assert.equal(await scope(page).inputValue(), "mine:*");
    await other.reload();
    assert.ok((await other.locator(".essentials").innerText()).includes("theirs:*"), "nothing is saved unasked");
    await save(page);
    await page.getByRole("status").getByText(words.changed).waitFor();
    await other.reload();
    assert.ok((await other.locator(".essentials").innerText()).includes("mine:*"));
    ok("two tabs, one webhook: whoever comes second is told, keeps what was typed, and may save it still");

    await page.goto(`${hooksPage}/twotabs/configure`);
    await other.goto(`${hooksPage}/twotabs/delete`);
    await other.getByRole("button", { name: words.delete, exact: true }).click();
    await other.getByRole("status").getByText(words.deleted).waitFor();
    await save(page);
    await page.getByRole("heading", { name: words.gone }).waitFor();
    await sound(who, 404);
    ok("one tab deletes what the other saves: it is said, with a way on");
    await context.close();
}

/** More pages follow events than may: one says so, works all the same, and asks again by itself. */
async function notFollowed(browser) {
    const who = await visitor(browser);
    const { page, problems } = who;
    await signIn(who, "Owner");
    const hint = page.locator("#not-live");
    await page.route("**/live", (route) => route.fulfill({ status: 429 }));
    await page.goto(`${hooksPage}/seedpushes`);
    await hint.waitFor();
    assert.ok(await page.locator("#events tbody tr").count() > 0, "its events are shown");
    await page.unroute("**/live");
    await hint.waitFor({ state: "hidden" });
    assert.deepEqual(problems.splice(0).filter((problem) => !/^429 for .*\/live$/.test(problem)), []);
    ok("a page that may not follow events says so, and follows them as soon as it may");
    await who.context.close();
}

/** Very many tabs at once, and the server still says that it is well. */
async function manyTabs(browser) {
    const who = await visitor(browser);
    await signIn(who, "Owner");
    let slowest = 0;
    let isOver = false;
    const health = async () => {
        let asked = 0;
        while (!isOver) {
            const began = performance.now();
            assert.equal((await fetch(`${site.base}/healthz`)).status, 200);
            slowest = Math.max(slowest, performance.now() - began);
            asked += 1;
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return asked;
    };
    const asking = health();
    const began = performance.now();
    const url = `${hooksPage}/seedbroken`;
    const answers = await Promise.all(Array.from({ length: TABS }, async () => {
        const answer = await who.context.request.get(url);
        assert.ok((await answer.text()).includes("</html>"));
        return answer.status();
    }));
    const took = performance.now() - began;
    isOver = true;
    const asked = await asking;
    assert.deepEqual([...new Set(answers)], [200]);
    assert.ok(asked > 0, 'nobody asked meanwhile');
    ok(`${TABS} tabs of one webhook in ${took.toFixed()} ms, and /healthz (asked ${asked} times) took ${
        slowest.toFixed()} ms at most`);
    await who.context.close();
}

await withBrowser(async (browser) => {
    await Promise.all([
        sessionEnds(browser, "en").then(() => sessionEnds(browser, "zh-TW")), sentTwice(browser), twoTabs(browser),
        notFollowed(browser),
    ]);
    await manyTabs(browser);
});
