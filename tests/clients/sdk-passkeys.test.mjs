// Passkeys through the unmodified Twilio client and a real browser with a virtual authenticator, on a page of an application of its own with the script that docs/passkeys.md shows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { repository, startServer } from "./server.mjs";
import { refusal } from "./suite.mjs";

const script = readFileSync(join(repository, "docs/passkeys.md"), "utf8").match(/```js\n(\/\/ In the page[\s\S]*?)```/)[1];
let server, application, browser, origin, service, last;

before(async () => {
  server = await startServer();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  application = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((listening) => application.once("listening", listening));
  origin = `http://localhost:${application.address().port}`;
  const client = server.client();
  const made = await client.verify.v2.services.create({
    friendlyName: "Passkeys", "passkeys.relyingParty.id": "localhost", "passkeys.relyingParty.name": "Example", "passkeys.relyingParty.origins": origin,
    "passkeys.discoverableCredentials": "required", "passkeys.userVerification": "required",
  });
  service = client.verify.v2.services(made.sid);
});

after(async () => {
  await browser?.close();
  application?.close();
  await server?.remove();
});

/** The application's side: what docs/passkeys.md says that it does. */
async function answer(request, response) {
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html");
    response.end("<!doctype html><title>Example</title><link rel=icon href=data:,>");
    return;
  }

  const body = JSON.parse(await new Response(request).text());
  try {
    const result = await {
      "/passkeys/new": () => service.newFactors.create({ friendly_name: "Laptop", identity: body.identity }),
      "/passkeys/verify": () => service.newVerifyFactors.update(last = body),
      "/sign-in/new": () => service.newChallenge().create(body.identity ? { identity: body.identity } : {}),
      "/sign-in/verify": () => service.approveChallenge.update(last = body),
    }[request.url]();
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(result.toJSON()));
  } catch (problem) {
    response.statusCode = problem.status ?? 500;
    response.end(JSON.stringify({ code: problem.code, reason: problem.details?.reason, message: problem.message }));
  }
}

async function pageWithAuthenticator() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await page.goto(origin);
  await page.addScriptTag({ content: script });
  return { context, page, cdp, authenticatorId };
}

test("a browser registers a passkey and signs in with it, by name and without", async () => {
  const { context, page, cdp, authenticatorId } = await pageWithAuthenticator();
  try {
    const identity = "somebody-in-a-browser";
    const registered = await page.evaluate((identity) => addPasskey(identity), identity);
    assert.deepEqual([registered.status, registered.identity, registered.factorType], ["verified", identity, "passkeys"]);
    assert.equal((await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length, 1);
    await refusal(service.newVerifyFactors.update(last), 404, 20404);

    const named = await page.evaluate((identity) => signIn(identity), identity);
    assert.deepEqual([named.status, named.identity, named.factorSid], ["approved", identity, registered.sid]);
    await refusal(service.approveChallenge.update(last), 403, 60322);

    const discovered = await page.evaluate(() => signIn());
    assert.deepEqual([discovered.status, discovered.identity, discovered.factorSid], ["approved", identity, registered.sid]);
    await refusal(service.approveChallenge.update(last), 403, 60322);

    // The browser itself refuses to make a second one on the same authenticator.
    const again = await page.evaluate((identity) => addPasskey(identity).catch((problem) => problem.name), identity);
    assert.equal(again, "InvalidStateError");
  } finally {
    await context.close();
  }
});

test("a page that is not among the origins is refused", async () => {
  const { context, page } = await pageWithAuthenticator();
  try {
    const identity = "somebody-elsewhere";
    await page.evaluate((identity) => addPasskey(identity), identity);
    await service.update({ "passkeys.relyingParty.origins": "http://localhost:1" });
    const refused = await page.evaluate(() => signIn().catch((problem) => problem.message));
    assert.match(refused, /60324.*origin_not_allowed/);
  } finally {
    await context.close();
  }
});
