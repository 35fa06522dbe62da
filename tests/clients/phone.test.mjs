// The virtual phones' page in a real browser, with a real client sending to it.
import assert from "node:assert/strict";
import { faint, narrow, overflow, useBrowser, wide } from "./browser.mjs";
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

onPage("the page says what comes here: everything, and after the first carrier only what is nobody's", wide, async (page, server) => {
  await open(page, server);
  await page.locator("footer").getByText("no carrier is set up, so nothing is sent to a real one").waitFor();

  const answer = await server.fetch("/admin/v1/carriers/post", {
    method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ kind: "smtp", settings: { host: "127.0.0.1", from_address: "codes@example.com" } }),
  });
  assert.ok(answer.ok, await answer.text());
  try {
    await page.reload();
    await page.locator("footer").getByText("All others go to real phones").waitFor();
  } finally {
    await server.fetch("/admin/v1/carriers/post", { method: "DELETE" });
  }
});

onPage("a key that may not read messages is told what it needs, and one that may not read carriers hears both cases", wide, async (page, server) => {
  const without = await newKey(server, "/verify/services/read");
  await page.goto(`${server.url}/sandbox#${without.sid}:${without.secret}`);
  await page.getByRole("alert").getByText("This key may not read the messages; it needs /sandbox/messages/read.").waitFor();

  const reading = await newKey(server, "/sandbox/messages/read");
  await page.goto(`${server.url}/sandbox#${reading.sid}:${reading.secret}`);
  await live(page);
  await page.locator("footer").getByText("While no carrier is set up").waitFor();
}, [/status of 403/]);

async function newKey(server, ...allow) {
  const answer = await server.fetch("/admin/v1/keys", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ kind: "restricted", policy: { allow } }),
  });
  return answer.json();
}

onPage("a number that is none is marked until it is corrected, and the focus is in the field", wide, async (page, server) => {
  await open(page, server);
  const field = page.locator("#number");

  await field.fill("555 0123");
  await page.getByRole("button", { name: "Add phone" }).click();
  await page.getByRole("alert").getByText("with + and its country code").waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  assert.equal(await page.evaluate(() => document.activeElement.id), "number");
  await field.press("1");

  assert.equal(await field.getAttribute("aria-invalid"), null);
});

onPage("a mailbox is found by a part of it, and a number however it is written", wide, async (page, server) => {
  const to = server.number();
  await start(to);
  await service().verifications.create({ to: "Ann.Example@example.com", channel: "email" });
  await open(page, server);
  await codeOn(page, to);
  const mailbox = page.locator('[data-phone*="@example.com" i]');
  await mailbox.locator("[data-code]").waitFor();

  await page.getByLabel("Filter by number or mailbox").fill("Example");
  await phone(page, to).waitFor({ state: "hidden" });
  assert.ok(await mailbox.isVisible());
  await page.getByLabel("Filter by number or mailbox").fill(to.replace(/^(..)(...)(...)/, "$1 ($2) $3-"));

  await mailbox.waitFor({ state: "hidden" });
  assert.ok(await phone(page, to).isVisible());
});

for (const width of [1280, 768, 640, 360, 320]) {
  onPage(`the name of the page is under nothing else in a window of ${width}`, { width, height: 700 }, async (page, server) => {
    await open(page, server);

    const name = await page.locator("h1").boundingBox();
    const box = await page.evaluate(() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector("h1"));
      return range.getBoundingClientRect().toJSON();
    });
    const others = await Promise.all(["#connection", "#sign-out", "#filter", "#number"].map((part) => page.locator(part).boundingBox()));

    for (const other of others) {
      assert.ok(other.x >= Math.max(name.x, box.right) || other.y >= box.bottom || other.y + other.height <= box.top, JSON.stringify({ box, other }));
    }

    assert.ok(await overflow(page) <= 0);
  });
}

for (const colorScheme of ["light", "dark"]) {
  onPage(`fields and buttons of the page can be told from what is around them (${colorScheme})`, wide, async (page, server) => {
    await page.emulateMedia({ colorScheme });

    await open(page, server);

    assert.deepEqual((await faint(page)).filter((found) => !found.startsWith("Copy")), []); // Those are told by their colour.
  });
}

onPage("who signs in by hand has the focus in the page that comes", wide, async (page, server) => {
  await page.goto(`${server.url}/sandbox`);
  await page.getByLabel("Account SID").fill(server.account);
  await page.getByLabel("Auth Token").fill(server.token);
  await page.keyboard.press("Enter");
  await live(page);

  assert.equal(await page.evaluate(() => document.activeElement.id), "number");
});

onPage("the credentials do not stay in the address bar", wide, async (page, server) => {
  await open(page, server);

  assert.equal(page.url(), `${server.url}/sandbox`);
});

nothingLeaks(suite);
