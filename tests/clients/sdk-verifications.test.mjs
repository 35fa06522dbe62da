// Verifications through the unmodified Twilio client: what an application does every day.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nothingLeaks, otherThan, refusal, useServer } from "./suite.mjs";

// Everything that can be logged is logged, and must still hold no code and no number.
const suite = useServer({ "Logging:LogLevel:Default": "Trace" });
const service = () => suite.server.client().verify.v2.services(suite.server.service);
const start = (to, more = {}) => service().verifications.create({ to, channel: "sms", ...more });
const check = (to, code, more = {}) => service().verificationChecks.create({ to, code, ...more });

async function serviceWith(settings) {
  const client = suite.server.client();
  const { sid } = await client.verify.v2.services.create({ friendlyName: "Special", ...settings });
  return client.verify.v2.services(sid);
}

test("a start answers with a pending verification and one attempt", async () => {
  const to = suite.server.number();

  const verification = await start(to);

  assert.match(verification.sid, /^VE[0-9a-f]{32}$/);
  assert.equal(verification.serviceSid, suite.server.service);
  assert.equal(verification.accountSid, suite.server.account);
  assert.equal(verification.to, to);
  assert.equal(verification.channel, "sms");
  assert.equal(verification.status, "pending");
  assert.equal(verification.valid, false);
  assert.deepEqual(verification.lookup, {});
  assert.equal(verification.sendCodeAttempts.length, 1);
  assert.equal(verification.sendCodeAttempts[0].channel, "SMS");
  assert.match(verification.sendCodeAttempts[0].attempt_sid, /^VL[0-9a-f]{32}$/);
  assert.ok(verification.dateCreated instanceof Date && !Number.isNaN(verification.dateCreated.getTime()));
});

test("the right code from the virtual phone is approved, by number", async () => {
  const to = suite.server.number();
  const verification = await start(to);

  const message = await suite.server.messageTo(to);
  const answer = await check(to, message.code);

  assert.equal(message.verification_sid, verification.sid);
  assert.match(message.code, /^\d{6}$/);
  assert.ok(message.body.includes(message.code), "the message does not hold its code");
  assert.equal(answer.status, "approved");
  assert.equal(answer.valid, true);
  assert.equal(answer.sid, verification.sid);
  assert.ok(answer.dateCreated instanceof Date);
});

test("the right code is approved by the verification's SID too", async () => {
  const to = suite.server.number();
  const { sid } = await start(to);

  const answer = await service().verificationChecks.create({ verificationSid: sid, code: await suite.server.codeFor(to) });

  assert.equal(answer.status, "approved");
  assert.equal(answer.to, to);
});

test("a wrong code leaves it pending, and the right one still counts", async () => {
  const to = suite.server.number();
  await start(to);
  const code = await suite.server.codeFor(to);

  const wrong = await check(to, otherThan(code));
  const right = await check(to, code);

  assert.deepEqual([wrong.status, wrong.valid], ["pending", false]);
  assert.deepEqual([right.status, right.valid], ["approved", true]);
});

test("a resend keeps the verification and its code, and adds an attempt", async () => {
  const to = suite.server.number();
  const first = await start(to);

  const second = await start(to);
  const messages = [await suite.server.messageTo(to, 2), ...(await suite.server.messages(to))];

  assert.equal(second.sid, first.sid);
  assert.equal(second.sendCodeAttempts.length, 2);
  assert.equal(second.sendCodeAttempts[0].attempt_sid, first.sendCodeAttempts[0].attempt_sid);
  assert.equal(new Set(messages.map((message) => message.code)).size, 1);
});

test("a number is one number however it is written", async () => {
  const to = suite.server.number();
  const first = await start(to);

  const second = await start(to.replace(/^\+1(...)(...)(....)$/, "+1 ($1) $2-$3"));

  assert.equal(second.sid, first.sid);
  assert.equal(second.to, to);
});

test("a code is good once: after approval a check says why there is nothing to check", async () => {
  const to = suite.server.number();
  const { sid } = await start(to);
  const code = await suite.server.codeFor(to);
  await check(to, code);

  const byNumber = await refusal(check(to, code), 404, 20404);
  const bySid = await refusal(service().verificationChecks.create({ verificationSid: sid, code }), 404, 20404);

  assert.equal(byNumber.details.reason, "approved");
  assert.equal(bySid.details.reason, "approved");
  assert.equal(byNumber.message, `The requested resource /Services/${suite.server.service}/VerificationCheck was not found`);
});

test("a new start after approval is a new verification with a new code", async () => {
  const to = suite.server.number();
  const first = await start(to);
  const code = await suite.server.codeFor(to);
  await check(to, code);

  const second = await start(to);
  const answer = await check(to, await suite.server.codeFor(to, 2));

  assert.notEqual(second.sid, first.sid);
  assert.equal(second.sendCodeAttempts.length, 1);
  assert.equal(answer.status, "approved");
});

test("a cancelled verification checks nothing and says so", async () => {
  const to = suite.server.number();
  const { sid } = await start(to);
  const code = await suite.server.codeFor(to);

  const canceled = await service().verifications(sid).update({ status: "canceled" });
  const error = await refusal(check(to, code), 404, 20404);

  assert.deepEqual([canceled.status, canceled.valid], ["canceled", false]);
  assert.equal(error.details.reason, "canceled");
});

test("the application's own word approves, by number", async () => {
  const to = suite.server.number();
  const { sid } = await start(to);

  const approved = await service().verifications(to).update({ status: "approved" });
  const again = await refusal(service().verifications(to).update({ status: "approved" }), 404, 20404);

  assert.deepEqual([approved.sid, approved.status, approved.valid], [sid, "approved", true]);
  assert.equal(again.details.reason, "approved");
  await suite.server.messageTo(to);
});

test("a verification is fetched by SID and by number, and by SID after its end", async () => {
  const to = suite.server.number();
  const created = await start(to);

  const bySid = await service().verifications(created.sid).fetch();
  const byNumber = await service().verifications(to).fetch();
  await check(to, await suite.server.codeFor(to));
  const ended = await service().verifications(created.sid).fetch();

  assert.deepEqual(bySid.toJSON(), created.toJSON());
  assert.deepEqual(byNumber.toJSON(), created.toJSON());
  assert.deepEqual([ended.status, ended.valid], ["approved", true]);
});

test("a code has as many digits as its service says", async () => {
  for (const codeLength of [4, 10]) {
    const to = suite.server.number();
    const special = await serviceWith({ codeLength });
    await special.verifications.create({ to, channel: "sms" });

    const code = await suite.server.codeFor(to);

    assert.match(code, new RegExp(`^\\d{${codeLength}}$`));
    assert.equal((await special.verificationChecks.create({ to, code })).status, "approved");
  }
});

test("an application may bring its own code where the service allows it", async () => {
  const to = suite.server.number();
  const customCode = suite.server.noteCode("90517342");
  const special = await serviceWith({ customCodeEnabled: true });
  await special.verifications.create({ to, channel: "sms", customCode });

  assert.equal(await suite.server.codeFor(to), customCode);
  const other = await refusal(special.verifications.create({ to, channel: "sms", customCode: suite.server.noteCode("90517343") }), 400, 60200);
  const answer = await special.verificationChecks.create({ to, code: customCode });

  assert.equal(other.details.reason, "other_code_pending");
  assert.equal(answer.status, "approved");
  assert.equal((await refusal(start(suite.server.number(), { customCode }), 403, 60204)).details.reason, "feature_not_enabled");
});

test("a payment's code is good for its amount and payee alone", async () => {
  const to = suite.server.number();
  const special = await serviceWith({ psd2Enabled: true });
  const payment = { amount: "€39.99", payee: "Acme Inc." };
  const started = await special.verifications.create({ to, channel: "sms", ...payment });
  const code = await suite.server.codeFor(to);

  await refusal(special.verifications.create({ to: suite.server.number(), channel: "sms" }), 400, 60206);
  await refusal(special.verificationChecks.create({ to, code }), 400, 60206);
  const otherAmount = await special.verificationChecks.create({ to, code, ...payment, amount: "€3999.00" });
  const right = await special.verificationChecks.create({ to, code, ...payment });

  assert.deepEqual([started.amount, started.payee], [payment.amount, payment.payee]);
  assert.deepEqual([otherAmount.status, otherAmount.valid], ["pending", false]);
  assert.deepEqual([right.status, right.valid], ["approved", true]);
  assert.deepEqual([right.amount, right.payee], [payment.amount, payment.payee]);
});

test("the message speaks the language that was asked for, and names the application", async () => {
  const to = suite.server.number();
  await start(to, { locale: "de", customFriendlyName: "Sparkasse Test" });

  const { body, channel, from } = await suite.server.messageTo(to);

  assert.match(body, /Sparkasse Test/);
  assert.doesNotMatch(body, /verification code/i);
  assert.equal(channel, "sms");
  assert.ok(from);
});

nothingLeaks(suite);
