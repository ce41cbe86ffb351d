// The same portal over HTTPS: cookies that never leave it, and no way from one to the other.

import assert from "node:assert/strict";
import { hooksPage, look, ok, registryPage, signIn, site, visitor, withBrowser } from "./lib.mjs";

await withBrowser(async (browser) => {
    const who = await visitor(browser, { secure: true });
    const { page, context, words } = who;
    await signIn(who, "Owner");
    await page.goto(`${registryPage}?lang=en`);
    const cookies = await context.cookies(site.tls);
    assert.deepEqual(cookies.map(({ name }) => name).sort(), ["__Host-boathook_lang", "__Host-boathook_session"]);
    for (const { name, secure, httpOnly, sameSite, path } of cookies) {
        assert.deepEqual([secure, httpOnly, sameSite, path], [true, true, "Lax", "/"], name);
    }
    await look(who, "");
    assert.ok(!(await page.content()).includes("--plain-http"), "the commands are those for HTTPS");
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: words.copy }).first().click();
    await page.getByRole("button", { name: words.copied }).waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^docker login /);
    await page.goto(`${hooksPage}/seedpushes`);
    await page.getByRole("button", { name: words.ping, exact: true }).click();
    await page.getByRole("status").getByText(words.pinged).waitFor();
    ok("over HTTPS: cookies are Secure, HttpOnly and of this host alone; forms and the copy button do what they do");

    await page.getByRole("button", { name: words.signOut, exact: true }).click();
    await page.getByRole("heading", { name: words.signIn }).waitFor();
    assert.deepEqual((await context.cookies(site.tls)).map(({ name }) => name), ["__Host-boathook_lang"]);
    await context.close();

    // Over HTTP they cannot be Secure, and are no less closed.
    const plain = await visitor(browser);
    await signIn(plain, "Owner");
    const [held, ...others] = await plain.context.cookies(site.base);
    assert.deepEqual(others, []);
    const { name, secure, httpOnly, sameSite } = held;
    assert.deepEqual([name, secure, httpOnly, sameSite], ["boathook_session", false, true, "Lax"]);
    ok("signing out takes the session with it; over HTTP there is one cookie, which no script reads");
    await plain.context.close();
});
