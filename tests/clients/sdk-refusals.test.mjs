// What the Twilio client is refused, with the statuses and codes that applications branch on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nothingLeaks, otherThan, refusal, useServer } from "./suite.mjs";

const suite = useServer();
const service = (client = suite.server.client()) => client.verify.v2.services(suite.server.service);
const start = (to, more = {}) => service().verifications.create({ to, channel: "sms", ...more });

test("a sixth send is too many, and says when to come back", async () => {
  const to = suite.server.number();
  for (let sends = 1; sends <= 5; sends++) {
    assert.equal((await start(to)).sendCodeAttempts.length, sends);
  }

  const error = await refusal(start(to), 429, 60203);

  assert.equal(error.message, "Max send attempts reached");
  assert.ok(error.details.retry_after > 0 && error.details.retry_after <= 600, JSON.stringify(error.details));
  await suite.server.messageTo(to, 5);
});

test("a cancelled verification makes room for new sends", async () => {
  const to = suite.server.number();
  for (let sends = 1; sends <= 5; sends++) {
    await start(to);
  }

  await service().verifications(to).update({ status: "canceled" });

  assert.equal((await start(to)).sendCodeAttempts.length, 1);
});

test("a sixth guess is refused, even if it were right", async () => {
  const to = suite.server.number();
  const { sid } = await start(to);
  const code = await suite.server.codeFor(to);
  for (let guesses = 1; guesses <= 5; guesses++) {
    assert.equal((await service().verificationChecks.create({ to, code: otherThan(code) })).valid, false);
  }

  const error = await refusal(service().verificationChecks.create({ to, code }), 429, 60202);
  await refusal(start(to), 429, 60202);
  const ended = await service().verifications(sid).fetch();

  assert.equal(error.message, "Max check attempts reached");
  assert.ok(error.details.retry_after > 0, JSON.stringify(error.details));
  assert.equal(ended.status, "max_attempts_reached");
});

test("a number that is none is refused with its parameter in back-ticks", async () => {
  for (const to of ["+1415", "not a number", "+90533333810000000"]) {
    const error = await refusal(start(to), 400, 60200);
    assert.ok(error.message.startsWith(`Invalid parameter \`To\`: ${to}`), error.message);
    assert.equal(error.details.parameter, "To");
    assert.ok(error.details.reason);
  }
});

test("a channel that is none is refused, and one without a carrier by its own code", async () => {
  const to = suite.server.number();

  const unknown = await refusal(start(to, { channel: "pigeon" }), 400, 60200);
  const email = await refusal(start(to, { channel: "sna" }), 400, 60223);

  assert.match(unknown.message, /`Channel`/);
  assert.ok(email.details.reason);
});

test("a check names its verification by number or SID, or is refused", async () => {
  await refusal(service().verificationChecks.create({ code: "123456" }), 400, 60221);
});

test("a code of impossible length is refused and does not cost a guess", async () => {
  const to = suite.server.number();
  await start(to);
  const code = await suite.server.codeFor(to);
  for (let guesses = 1; guesses <= 6; guesses++) {
    await refusal(service().verificationChecks.create({ to, code: "123" }), 400, 60200);
  }

  assert.equal((await service().verificationChecks.create({ to, code })).status, "approved");
});

test("wrong credentials are refused in each half", async () => {
  const { account, token } = suite.server;
  const clients = [
    suite.server.client(account, "x".repeat(32)),
    suite.server.client(`AC${"b".repeat(32)}`, token),
  ];

  for (const client of clients) {
    const error = await refusal(service(client).verifications.create({ to: suite.server.number(), channel: "sms" }), 401, 20003);
    assert.equal(error.message, "Authenticate");
    await refusal(client.verify.v2.services.list(), 401, 20003);
  }
});

test("a verification is unknown to another service, and to a SID that never was", async () => {
  const to = suite.server.number();
  const { sid } = await start(to);
  const code = await suite.server.codeFor(to);
  const client = suite.server.client();
  const other = client.verify.v2.services((await client.verify.v2.services.create({ friendlyName: "Neighbour" })).sid);
  const neverService = client.verify.v2.services(`VA${"0".repeat(32)}`);

  const refusals = [
    await refusal(other.verificationChecks.create({ to, code }), 404, 20404),
    await refusal(other.verificationChecks.create({ verificationSid: sid, code }), 404, 20404),
    await refusal(other.verifications(sid).fetch(), 404, 20404),
    await refusal(other.verifications(sid).update({ status: "approved" }), 404, 20404),
    await refusal(service().verifications(`VE${"0".repeat(32)}`).fetch(), 404, 20404),
  ];
  await refusal(neverService.fetch(), 404, 20404);
  await refusal(neverService.verifications.create({ to, channel: "sms" }), 404, 20404);

  assert.deepEqual([...new Set(refusals.map((error) => error.details.reason))], ["never_existed"]);
  assert.equal((await service().verifications(sid).fetch()).status, "pending");
});

test("an update takes approved and canceled, and nothing else", async () => {
  const to = suite.server.number();
  const { sid } = await start(to);

  const error = await refusal(service().verifications(sid).update({ status: "expired" }), 400, 60200);

  assert.match(error.message, /`Status`/);
  assert.equal((await service().verifications(sid).fetch()).status, "pending");
});

nothingLeaks(suite);
