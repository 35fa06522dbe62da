// The pages that need no sign-in, and the simulator's, in a real browser.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before } from "node:test";
import { narrow, overflow, useBrowser, wide } from "./browser.mjs";
import { serverDll } from "./server.mjs";
import { useServer } from "./suite.mjs";

const suite = useServer();
const onPage = useBrowser(suite);

onPage("no page of an error scrolls sideways, however narrow the window is", { width: 320, height: 700 }, async (page, server) => {
  const { errors } = await (await server.fetch("/admin/v1/errors")).json();
  const tooWide = [];

  for (const path of ["", ...errors.map(({ name }) => `/${name}`), "/twilio:30003", `/${"x".repeat(64)}`]) {
    await page.goto(`${server.url}/admin/v1/errors${path}`);
    if (await overflow(page) > 0) {
      tooWide.push(path);
    }
  }

  assert.deepEqual(tooWide, []);
}, [/404/]);

onPage("who mistypes a page finds the others", narrow, async (page, server) => {
  await page.goto(`${server.url}/consol/${"x".repeat(80)}`);
  assert.ok(await overflow(page) <= 0);

  await page.getByRole("link", { name: "Console" }).click();

  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}, [/404/]);

const simulator = {};
let child;
before(async () => {
  child = spawn("dotnet", [serverDll, "simulator", "--urls", "http://127.0.0.1:0", "--token", "not-a-real-token"], { stdio: ["ignore", "pipe", "inherit"] });
  const deadline = AbortSignal.timeout(60_000);
  for (let output = ""; !simulator.server;) {
    output += (await once(child.stdout, "data", { signal: deadline }))[0];
    const [, url] = /ready at (http:\S+)/.exec(output) ?? [];
    const [, account] = /Account SID\s+(AC\w+)/.exec(output) ?? [];
    simulator.server = url && account ? { url, account, authorization: `Basic ${Buffer.from(`${account}:not-a-real-token`).toString("base64")}` } : undefined;
  }
});
after(() => child?.kill("SIGKILL"));

const onSimulator = useBrowser(simulator);

async function send(server, body) {
  const answer = await fetch(`${server.url}/2010-04-01/Accounts/${server.account}/Messages.json`, {
    method: "POST", headers: { authorization: server.authorization }, body: new URLSearchParams({ To: "+14155550123", From: "+14155550199", Body: body }),
  });
  assert.equal(answer.status, 201, await answer.text());
}

onSimulator("the simulator's page shows new messages in place, and leaves what is selected alone", narrow, async (page, server) => {
  await page.setExtraHTTPHeaders({ authorization: server.authorization });
  await send(server, "the first one");
  await page.clock.install();
  await page.goto(server.url);
  await page.evaluate(() => { window.sameDocument = true; });
  await page.evaluate(() => getSelection().selectAllChildren(document.querySelector('[data-name="text"]')));

  await send(server, "<b>the second one</b>");
  await page.clock.runFor(10_000);
  assert.equal(await page.getByText("the second one").count(), 0);
  assert.equal(await page.evaluate(() => getSelection().toString()), "the first one");
  await page.evaluate(() => getSelection().removeAllRanges());
  await page.clock.runFor(3500);
  await page.getByText("<b>the second one</b>").waitFor();

  assert.equal(await page.evaluate(() => window.sameDocument), true, "the page was loaded again");
  assert.ok(await overflow(page) <= 0);
});

onSimulator("the simulator's page is dark where the person wants it dark", wide, async (page, server) => {
  await page.setExtraHTTPHeaders({ authorization: server.authorization });
  await page.emulateMedia({ colorScheme: "dark" });

  await page.goto(server.url);

  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(16, 21, 20)");
});
