// Webhooks through the unmodified SDK, and the signatures of what is posted by the checks that receivers have already.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import twilio from "twilio";
import { Webhook } from "standardwebhooks";
import { nothingLeaks, useServer } from "./suite.mjs";

const suite = useServer({ "Countersign:Webhooks:AllowedNetworks:0": "127.0.0.0/8" });
let receiver;
const waiting = [], received = [];

before(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text) => { body += text; }).on("end", () => {
      const got = { url: `http://127.0.0.1:${receiver.address().port}${request.url}`, headers: request.headers, body };
      const next = waiting.shift();
      if (next) next(got); else received.push(got);
      response.end();
    });
  });
  await new Promise((listening) => receiver.listen(0, "127.0.0.1", listening));
});

after(async () => {
  receiver.close();
  receiver.closeAllConnections();
});

const next = () => received.length > 0 ? Promise.resolve(received.shift()) : new Promise((resolve) => { waiting.push(resolve); });

test("webhooks are made, listed, read, changed and removed", async () => {
  const client = suite.server.client();
  const service = await client.verify.v2.services.create({ friendlyName: "Hooks" });
  const webhooks = client.verify.v2.services(service.sid).webhooks;
  const made = await webhooks.create({ friendlyName: "name", eventTypes: ["factor.deleted", "factor.verified"], webhookUrl: "https://owlbank.example/" });
  assert.match(made.sid, /^YW[0-9a-f]{32}$/);
  assert.deepEqual(made.eventTypes, ["factor.deleted", "factor.verified"]);
  assert.equal(made.webhookMethod, "POST");
  assert.equal(made.version, "v2");
  assert.ok(made.dateCreated instanceof Date);
  assert.equal((await webhooks(made.sid).fetch()).webhookUrl, "https://owlbank.example/");
  // The SDK itself gives what create returns no sid to update by.
  assert.equal((await webhooks(made.sid).update({ status: "disabled" })).status, "disabled");
  assert.deepEqual((await webhooks.list({ limit: 5 })).map((webhook) => webhook.sid), [made.sid]);
  assert.equal(await webhooks(made.sid).remove(), true);
  await assert.rejects(webhooks(made.sid).fetch(), { status: 404, code: 20404 });
  await assert.rejects(webhooks.create({ friendlyName: "n", eventTypes: ["factor.lost"], webhookUrl: "https://owlbank.example/" }), { status: 400, code: 60306 });
});

test("a webhook's form is signed as Twilio signs it and as Standard Webhooks does", async () => {
  const client = suite.server.client();
  const url = `http://127.0.0.1:${receiver.address().port}/hooks?a=b`;
  const webhook = await client.verify.v2.services(suite.server.service).webhooks.create({ friendlyName: "hook", eventTypes: ["verification.pending", "verification.approved"], webhookUrl: url });
  const secret = (await (await suite.server.fetch(`/admin/v1/webhooks/${webhook.sid}`)).json()).signing_secret;
  const to = suite.server.number();
  const verification = await client.verify.v2.services(suite.server.service).verifications.create({ to, channel: "sms" });

  const got = await next();
  const params = Object.fromEntries(new URLSearchParams(got.body));
  assert.equal(params.type, "verification.pending");
  assert.equal(params.verification_sid, verification.sid);
  assert.equal(params.to, to);
  assert.equal(twilio.validateRequest(suite.server.token, got.headers["x-twilio-signature"], url, params), true);
  assert.equal(twilio.validateRequest(suite.server.token, got.headers["x-twilio-signature"], url, { ...params, to: "+14155550199" }), false);
  const standard = new Webhook(secret);
  assert.throws(() => standard.verify(got.body + "x", got.headers), /signature/i);

  // The library parses what it has verified as JSON, which a form is not: that it comes so far says that the signature is right.
  assert.throws(() => standard.verify(got.body, got.headers), SyntaxError);
  const signed = createHmac("sha256", Buffer.from(secret.slice(6), "base64")).update(`${got.headers["webhook-id"]}.${got.headers["webhook-timestamp"]}.${got.body}`).digest("base64");
  assert.equal(got.headers["webhook-signature"], `v1,${signed}`);
  await client.verify.v2.services(suite.server.service).webhooks(webhook.sid).remove();
});

test("a sink's batch is signed over its body, and both libraries verify it", async () => {
  const client = suite.server.client();
  await client.verify.v2.services(suite.server.service).update({ verifyEventSubscriptionEnabled: true });
  const url = `http://127.0.0.1:${receiver.address().port}/events`;
  const sink = await (await suite.server.fetch("/admin/v1/sinks", {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ url, types: ["com.twilio.accountsecurity.verify.verification.pending"] }),
  })).json();
  const to = suite.server.number();
  const verification = await client.verify.v2.services(suite.server.service).verifications.create({ to, channel: "sms" });

  const got = await next();
  assert.equal(twilio.validateRequestWithBody(suite.server.token, got.headers["x-twilio-signature"], got.url, got.body), true);
  assert.equal(twilio.validateRequestWithBody(suite.server.token, got.headers["x-twilio-signature"], got.url, got.body + " "), false);
  const [event] = new Webhook(sink.signing_secret).verify(got.body, got.headers);
  assert.equal(event.type, "com.twilio.accountsecurity.verify.verification.pending");
  assert.equal(event.data.verification_sid, verification.sid);
  assert.equal(event.data.to, to);
});

test("what waits lies sealed", async () => {
  const client = suite.server.client();
  const webhook = await client.verify.v2.services(suite.server.service).webhooks.create({ friendlyName: "gone", eventTypes: ["verification.pending"], webhookUrl: "http://nowhere.invalid/" });
  const to = suite.server.number();
  await client.verify.v2.services(suite.server.service).verifications.create({ to, channel: "sms" });
  await suite.server.codeFor(to);
  const { events } = await (await suite.server.fetch(`/admin/v1/events?Status=waiting&Receiver=${webhook.sid}`)).json();
  assert.equal(events.length, 1);
});

nothingLeaks(suite);
