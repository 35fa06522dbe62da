// The admin API's reference in a real browser: it is there, fits its window, and asks nobody but this server.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { narrow, overflow, useBrowser, wide } from "./browser.mjs";
import { useServer } from "./suite.mjs";

const suite = useServer();
const onPage = useBrowser(suite);
// Styles without the page's nonce are refused, and the page does without them.
const refused = [/Applying inline style violates the following Content Security Policy/];

for (const [name, viewport] of [["wide", wide], ["narrow", narrow]]) {
  onPage(`the reference shows every part of the API in a ${name} window`, viewport, async (page, server) => {
    await page.goto(`${server.url}/admin/reference`);
    await page.getByRole("heading", { name: "Countersign admin API" }).waitFor();
    for (const part of ["API keys", "Accounts", "Carriers"]) {
      await page.getByText(part, { exact: true }).first().waitFor({ state: "attached" });
    }

    assert.equal(await overflow(page), 0);
    assert.equal(await page.getByText("Test Request").count(), 0);
    if (process.env.COUNTERSIGN_PICTURES) {
      mkdirSync(process.env.COUNTERSIGN_PICTURES, { recursive: true });
      await page.screenshot({ path: `${process.env.COUNTERSIGN_PICTURES}/reference-${name}.png` });
    }
  }, refused);
}

test("the script comes from this server, compressed or not, and the page may run nothing else", async () => {
  const page = await fetch(`${suite.server.url}/admin/reference`);
  const policy = page.headers.get("content-security-policy");
  const other = await fetch(`${suite.server.url}/admin/reference`);
  const [plain, packed] = await Promise.all(["identity", "gzip"].map((encoding) =>
    fetch(`${suite.server.url}/admin/reference/scalar.js`, { headers: { "Accept-Encoding": encoding } })));

  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[0-9a-f]{32}'; connect-src 'self';/);
  assert.notEqual(policy, other.headers.get("content-security-policy"));
  assert.deepEqual([plain.headers.get("content-encoding"), packed.headers.get("content-encoding")], [null, "gzip"]);
  assert.equal(await plain.text(), await packed.text());
  assert.ok(!/https?:/.test((await page.text()).replace(/<!--.*?-->/gs, "")));
});
