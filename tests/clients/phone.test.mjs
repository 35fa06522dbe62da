// The virtual phones' page in a real browser, with a real client sending to it.
import assert from "node:assert/strict";
import { narrow, overflow, useBrowser, wide } from "./browser.mjs";
import { nothingLeaks, useServer } from "./suite.mjs";

const suite = useServer();
const onPage = useBrowser(suite);

const service = () => suite.server.client().verify.v2.services(suite.server.service);
const start = (to) => service().verifications.create({ to, channel: "sms" });

async function open(page, { url, account, token }) {
  await page.goto(`${url}/sandbox#${account}:${token}`);
  await live(page);
}

const live = (page) => page.locator('[data-connection="live"]').waitFor();
const phone = (page, number) => page.locator(`[data-phone="${number}"]`);

/** The newest code on a phone, once it shows `count` messages. */
async function codeOn(page, number, count = 1) {
  const codes = phone(page, number).locator("[data-code]");
  await codes.nth(count - 1).waitFor();
  return suite.server.noteCode(await codes.last().innerText());
}

onPage("a code sent by the SDK shows without a reload, and is approved when typed back", wide, async (page, server) => {
  const to = server.number();
  await open(page, server);
  await page.evaluate(() => { window.sameDocument = true; });

  await start(to);
  const code = await codeOn(page, to);
  const answer = await service().verificationChecks.create({ to, code });

  assert.match(code, /^\d{6}$/);
  assert.equal(await page.evaluate(() => window.sameDocument), true, "the page was loaded again");
  assert.ok((await phone(page, to).innerText()).includes(to));
  assert.deepEqual([answer.status, answer.valid], ["approved", true]);
});

onPage("a message from before the page was opened is there", wide, async (page, server) => {
  const to = server.number();
  await start(to);
  const { code } = await server.messageTo(to);

  await open(page, server);

  assert.equal(await codeOn(page, to), code);
});

onPage("a resent code is a second message on the same phone", wide, async (page, server) => {
  const to = server.number();
  await open(page, server);

  await start(to);
  const first = await codeOn(page, to);
  await start(to);

  assert.equal(await codeOn(page, to, 2), first);
  assert.equal(await phone(page, to).count(), 1);
});

onPage("the copy button puts the code on the clipboard", wide, async (page, server) => {
  const to = server.number();
  await open(page, server);
  await start(to);
  const code = await codeOn(page, to);

  await phone(page, to).locator("[data-copy]").click();
  await phone(page, to).getByText("Copied").waitFor();

  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), code);
});

onPage("two numbers have a phone each, side by side", wide, async (page, server) => {
  const numbers = [server.number(), server.number()];
  await open(page, server);
  for (const to of numbers) {
    await start(to);
  }

  const codes = [await codeOn(page, numbers[0]), await codeOn(page, numbers[1])];
  const [a, b] = [await phone(page, numbers[0]).boundingBox(), await phone(page, numbers[1]).boundingBox()];

  for (const [i, to] of numbers.entries()) {
    assert.equal(codes[i], (await server.messageTo(to)).code);
  }

  assert.ok(a.y < b.y + b.height && b.y < a.y + a.height, `not in one row: ${JSON.stringify([a, b])}`);
  assert.ok(a.x + a.width <= b.x || b.x + b.width <= a.x, `one over the other: ${JSON.stringify([a, b])}`);
  assert.ok(await overflow(page) <= 0, "the page is wider than the window");
});

onPage("a narrow window has nothing to scroll sideways for", narrow, async (page, server) => {
  await page.goto(`${server.url}/sandbox`);
  await page.getByLabel("Account SID").waitFor();
  assert.ok(await overflow(page) <= 0, "signing in");

  await open(page, server);
  const to = server.number();
  await start(to);
  await codeOn(page, to);

  assert.ok(await overflow(page) <= 0, "with phones");
  const { x, width } = await phone(page, to).boundingBox();
  assert.ok(x >= 0 && x + width <= narrow.width, "a phone does not fit");
});

onPage("wrong credentials are said to be wrong, and right ones typed in then work", wide, async (page, server) => {
  const to = server.number();
  await start(to);
  await page.goto(`${server.url}/sandbox#${server.account}:${"x".repeat(32)}`);

  const alert = page.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.innerText(), /credentials/i);
  assert.equal(await page.locator("[data-phone]").count(), 0);

  await page.getByLabel("Account SID").fill(server.account);
  await page.getByLabel("Auth Token").fill(server.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await live(page);
  await codeOn(page, to);
}, [/status of 401/]);

onPage("the credentials do not stay in the address bar", wide, async (page, server) => {
  await open(page, server);

  assert.equal(page.url(), `${server.url}/sandbox`);
});

nothingLeaks(suite);
