// The operators' console in a real browser.
import assert from "node:assert/strict";
import { faint, narrow, overflow, useBrowser, wide } from "./browser.mjs";
import { nothingLeaks, useServer } from "./suite.mjs";

const suite = useServer();
const onPage = useBrowser(suite);


async function signIn(page, { url, account, token }) {
  await page.goto(`${url}/console`);
  await fillIn(page, account, token);
  await page.getByRole("heading", { name: "Services" }).waitFor();
}

async function fillIn(page, account, token) {
  await page.getByLabel("Account SID").fill(account);
  await page.getByLabel("Auth Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** A key that may do only what is named. */
async function newKey(server, ...allow) {
  const { sid, secret } = await send(server, "POST", "/admin/v1/keys", { kind: "restricted", policy: { allow } });
  return { account: sid, token: secret };
}

async function send(server, method, path, body) {
  const response = await server.fetch(path, { method, body: body && JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  return response.status === 204 ? null : response.json();
}

const verifications = (server) => server.client().verify.v2.services(server.service).verifications;
const start = (server, to, channel = "sms") => verifications(server).create({ to, channel });
const focused = (page) => page.evaluate(() => document.activeElement.textContent || document.activeElement.id);

async function lookUp(page, name) {
  await page.getByLabel("Service", { exact: true }).selectOption(suite.server.service);
  await page.getByLabel("Phone number, mailbox or verification SID").fill(name);
  await page.getByRole("button", { name: "Look up" }).click();
}

onPage("an operator sees what became of a verification, its number masked, and cancels it", wide, async (page, server) => {
  const number = server.number();
  const { sid } = await server.client().verify.v2.services(server.service).verifications.create({ to: number, channel: "sms" });
  await server.messageTo(number);
  await signIn(page, server);

  await lookUp(page, number);
  const verdict = page.locator(".verdict");
  await verdict.getByText("waits to be typed").waitFor();
  assert.ok(!(await page.locator("main").innerText()).includes(number), "the number is masked until it is asked for");
  await verdict.getByRole("button", { name: "Show" }).click();
  await verdict.getByText(number).waitFor();
  assert.equal(await focused(page), "Hide", "the focus stays");

  await verdict.getByRole("button", { name: "Cancel this" }).click();
  assert.equal(await focused(page), "Keep it", "what is pressed twice harms nobody");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "Cancel this verification");
  await verdict.getByRole("button", { name: "Cancel this" }).click();
  await verdict.getByRole("button", { name: "Yes, cancel it" }).click();
  await verdict.getByText("The application cancelled it.").waitFor();
  assert.equal(await focused(page), "canceled");

  await lookUp(page, sid);
  await verdict.getByText("The application cancelled it.").waitFor();
});

onPage("a send that failed for good, or that a receipt says did not arrive, is said to be so, with the error's page", wide, async (page, server) => {
  const [refused, lost] = ["+19815550104", "+19825550102"].map((number) => server.noteNumber(number));
  await start(server, refused);
  await start(server, lost);
  await signIn(page, server);
  const verdict = page.locator(".verdict");

  await lookUp(page, refused);
  await verdict.getByText("No carrier took the last send").waitFor();
  assert.equal(await verdict.getByText("waits to be typed").count(), 0);
  await verdict.getByText("One try").waitFor();
  const link = verdict.getByRole("link", { name: "invalid_number" }).first();
  assert.equal(await link.getAttribute("href"), `${server.url}/admin/v1/errors/invalid_number`);

  await lookUp(page, lost);
  await verdict.getByText("did not arrive. The phone is off").waitFor();
  await verdict.getByText("text message by sandbox").waitFor();
});

onPage("what becomes of a send shows without another look-up", wide, async (page, server) => {
  const number = server.noteNumber("+19825550103");
  await send(server, "PUT", "/sandbox/rules", { rules: [{ prefix: number, receipt_delay_ms: 6000 }] });
  await start(server, number);
  await signIn(page, server);

  await lookUp(page, number);

  await page.locator(".verdict").getByText("has not said whether it arrived").waitFor();
  await page.locator(".verdict").getByText("did not arrive. The number").waitFor();
});

onPage("a number where nothing is pending is explained, and what was sent to it before is found", wide, async (page, server) => {
  const [never, ended] = [server.number(), server.number()];
  const { sid } = await start(server, ended);
  await server.messageTo(ended);
  await verifications(server)(sid).update({ status: "canceled" });
  await signIn(page, server);

  await lookUp(page, never);
  await page.locator(".verdict").getByText("has sent nothing to it").waitFor();
  await lookUp(page, ended.replace("+1", "+1 (").replace(/(?<=\()(...)/, "$1) ").replace(/(....)$/, "-$1"));
  await page.locator(".verdict").getByText("This was the latest send to it.").waitFor();
  await page.getByRole("row").filter({ hasText: "text message" }).getByRole("button", { name: "Show" }).click();
  await page.locator(".verdict").getByText("The application cancelled it.").waitFor();
  await page.locator(".verdict").getByText(sid).waitFor();
}, [/404/]);

onPage("what cannot be looked up is said before it is asked", wide, async (page, server) => {
  await signIn(page, server);
  const field = page.getByLabel("Phone number, mailbox or verification SID");

  for (const text of ["415 555 0123", "VE123", ""]) {
    await lookUp(page, text);
    await page.getByRole("alert").getByText("with + and its country code").waitFor();
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    assert.equal(await focused(page), "name");
  }

  await field.press("4");
  assert.equal(await field.getAttribute("aria-invalid"), null);
});

onPage("a mailbox is looked up, and a long one fits a narrow window", narrow, async (page, server) => {
  const mailbox = "somebody.with.a.name.that.is.really.very.long.indeed@example.com";
  await start(server, mailbox, "email");
  await signIn(page, server);

  await lookUp(page, mailbox);
  await page.locator(".verdict").getByRole("button", { name: "Show" }).click();
  await page.locator(".verdict").getByText(mailbox).waitFor();

  assert.ok(await overflow(page) <= 0);
});

onPage("nothing that a timer writes is in a live region", wide, async (page, server) => {
  const number = server.number();
  await start(server, number);
  await server.messageTo(number);
  await signIn(page, server);
  await lookUp(page, number);
  await page.locator(".verdict").getByText("text message by sandbox").waitFor();

  const changes = await page.evaluate(() => new Promise((resolve) => {
    const [live, all] = [[], []];
    new MutationObserver((records) => records.forEach(({ target }) => {
      const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      (element.closest("[aria-live], [role=status], [role=alert]") ? live : all).push(element.textContent);
    })).observe(document.body, { childList: true, subtree: true, characterData: true });
    setTimeout(() => resolve({ live, all: all.length }), 6500); // Longer than the five seconds between two beats.
  }));

  assert.deepEqual(changes.live, []);
  assert.ok(changes.all >= 4, "the time that is left is still counted down");
});

onPage("why nothing was sent is told where a start was refused, by its number and among the newest", wide, async (page, server) => {
  const number = server.number();
  await send(server, "POST", "/admin/v1/block-list", { numbers: [number] });
  await assert.rejects(start(server, number), { code: 60410 });
  await assert.rejects(start(server, number, "call"), { code: 60410 });
  // They are kept behind the answers.
  for (let found = 0; found < 2;) {
    found = (await send(server, "GET", `/admin/v1/refusals?To=${encodeURIComponent(number)}`)).refusals.length;
  }

  await signIn(page, server);

  const newest = page.getByRole("region", { name: "Starts that were refused" });
  await newest.getByRole("cell", { name: /60410.*block list/ }).first().waitFor();
  await lookUp(page, number);
  const verdict = page.locator(".verdict");
  await verdict.getByText("2 starts to it were refused, so that nothing was sent:").waitFor();
  assert.equal(await verdict.getByRole("cell", { name: /60410.*block list/ }).count(), 2);
  await verdict.getByText("This service has sent nothing to it").waitFor();
  assert.ok(!(await page.locator("main").innerText()).includes(number));
}, [/404/]);

onPage("a key that may read less sees the rest, and what it lacks", wide, async (page, server) => {
  const number = server.number();
  await start(server, number);
  await server.messageTo(number);
  const key = await newKey(server, "/verify/services/read", "/verify/verifications/read");

  await signIn(page, { ...server, url: server.url, ...key });
  await page.getByText("This key may not read rollups; it needs /admin/rollups/read.").waitFor();
  await lookUp(page, number);

  await page.locator(".verdict").getByText("The code is to be typed.").waitFor();
  await page.getByText("This key may not read attempts; it needs /admin/attempts/read.").waitFor();
}, [/403/]);

onPage("a key that may not read services is told so at the door", wide, async (page, server) => {
  const key = await newKey(server, "/verify/verifications/read");

  await page.goto(`${server.url}/console`);
  await fillIn(page, key.account, key.token);

  await page.getByRole("alert").getByText("This key may not read services; it needs /verify/services/read.").waitFor();
}, [/403/]);

onPage("credentials that are taken back lead to the door", wide, async (page, server) => {
  const { sid, secret } = await send(server, "POST", "/admin/v1/keys", { kind: "main" });
  await signIn(page, { url: server.url, account: sid, token: secret });

  await send(server, "DELETE", `/admin/v1/keys/${sid}`);
  await lookUp(page, server.number());

  await page.getByRole("alert").getByText("These credentials no longer work").waitFor();
  await page.getByLabel("Auth Token").waitFor();
  assert.equal(await page.locator("#inside").isVisible(), false);
}, [/401/]);

onPage("a carrier that is left alone is shown with the reason, and goes away when it is not", wide, async (page, server) => {
  let paused = { refused: "five faults in a row" };
  await page.route("**/admin/v1/carriers", async (route) => route.fulfill({ json: {
    carriers: [
      { name: "acme", enabled: true, paused_because: paused.refused ?? null, paused_in: paused.refused ? { SE: "nothing was typed back" } : {} },
      { name: "other", enabled: true, paused_because: null, paused_in: {} },
    ],
  } }));
  await signIn(page, server);

  const notice = page.locator("#paused");
  await notice.getByText("acme: five faults in a row").waitFor();
  await notice.getByText("acme in SE: nothing was typed back").waitFor();
  assert.equal(await notice.getByText("other").count(), 1, "only the hint names other carriers");
  paused = {};
  await notice.waitFor({ state: "hidden" });
});

onPage("the last 24 hours say of when they are, and are read again", wide, async (page, server) => {
  await page.clock.install();
  await signIn(page, server);
  const asOf = page.locator("#day-as-of");
  await asOf.getByText(/^As of \d/).waitFor();
  const [before, again] = [await asOf.innerText(), page.waitForRequest(/rollups/)];

  await page.clock.runFor(66_000);

  await again;
  await page.waitForFunction((text) => document.getElementById("day-as-of").textContent !== text, before);
});

onPage("a verification whose code has run out is read again", wide, async (page, server) => {
  const { sid } = await start(server, server.number());
  await page.clock.install();
  await signIn(page, server);
  await lookUp(page, sid);
  await page.locator(".verdict").getByText("Code good for").waitFor();
  const again = page.waitForRequest(new RegExp(`Verifications/${sid}`));

  await page.clock.runFor(603_000);

  await again;
});

onPage("what is answered after somebody signed out is shown to nobody", wide, async (page, server) => {
  let asked, answer;
  const [isAsked, mayAnswer] = [new Promise((resolve) => { asked = resolve; }), new Promise((resolve) => { answer = resolve; })];
  await page.route(/admin\/v1\/carriers$/, async (route) => {
    asked();
    await mayAnswer;
    await route.fulfill({ json: { carriers: [{ name: "acme", enabled: true, paused_because: "five faults in a row", paused_in: {} }] } });
  });
  await page.goto(`${server.url}/console`);
  await fillIn(page, server.account, server.token);
  await isAsked;
  await page.getByRole("button", { name: "Sign out" }).click();
  const answered = page.waitForResponse(/admin\/v1\/carriers$/);

  answer();

  await answered;
  assert.equal(await page.locator("#paused").isVisible(), false);
});

onPage("a service is made, and a name that may not be is refused in words", wide, async (page, server) => {
  await signIn(page, server);

  await page.getByLabel("Name of a new service").fill("Acme Bank");
  await page.getByRole("button", { name: "Create service" }).click();
  await page.getByRole("cell", { name: "Acme Bank" }).waitFor();
  await page.getByRole("status").getByText("Acme Bank is made").waitFor();
  await page.getByRole("button", { name: "Create service" }).click();
  await page.getByRole("alert").getByText("Type the name of the service first.").waitFor();
  await page.getByLabel("Name of a new service").fill("call 555 0188");
  await page.getByRole("button", { name: "Create service" }).click();

  await page.getByRole("alert").getByText("The name may hold four digits at most").waitFor();
  const field = page.getByLabel("Name of a new service");
  assert.deepEqual([await field.getAttribute("aria-invalid"), await field.getAttribute("aria-describedby"), await focused(page)], ["true", "create-error", "friendly"]);
}, [/400/]);

onPage("older services that cannot be read are said to be so, and asked for again they come", wide, async (page, server) => {
  let works = true;
  await page.route("**/v2/Services?*", async (route) => {
    const older = route.request().url().includes("PageToken=older");
    if (older && !works) {
      return route.abort();
    }

    const answer = await (await route.fetch({ url: route.request().url().replace("&PageToken=older", "") })).json();
    answer.meta.next_page_url = older ? null : `${server.url}/v2/Services?PageSize=50&PageToken=older`;
    return route.fulfill({ json: answer });
  });
  await signIn(page, server);
  works = false;
  await page.getByRole("button", { name: "Show older services" }).click();
  await page.getByRole("alert").getByText("does not answer. Is it running?").waitFor();

  works = true;
  await page.getByRole("button", { name: "Show older services" }).click();

  await page.getByRole("button", { name: "Show older services" }).waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "region", "the focus is at the services");
}, [/Failed to load/]);

for (const colorScheme of ["light", "dark"]) {
  onPage(`fields and buttons can be told from what is around them (${colorScheme})`, wide, async (page, server) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${server.url}/console`);
    await page.getByLabel("Account SID").waitFor();
    assert.deepEqual(await faint(page), []);

    await signIn(page, server);

    assert.deepEqual(await faint(page), []);
  });
}

onPage("wrong credentials are refused, and the page fits a narrow window", narrow, async (page, server) => {
  await page.goto(`${server.url}/console`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("Both are needed").waitFor();
  await fillIn(page, server.account, "wrong");
  await page.getByRole("alert").getByText("not right").waitFor();

  await signIn(page, server);

  assert.ok(await overflow(page) <= 0);
}, [/401/]);

nothingLeaks(suite);
