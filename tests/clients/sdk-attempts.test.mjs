// Attempts and their summary through the unmodified Twilio client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nothingLeaks, refusal, useServer } from "./suite.mjs";

const suite = useServer();
const attempts = () => suite.server.client().verify.v2.verificationAttempts;
const summary = () => suite.server.client().verify.v2.verificationAttemptsSummary();

async function start(channel = "sms") {
  const to = suite.server.number();
  const started = await suite.server.client().verify.v2.services(suite.server.service).verifications.create({ to, channel });
  return { to, sid: started.sid, code: await suite.server.codeFor(to) };
}

/** An attempt is there once what became of its message is kept, a moment after the phone has it. */
async function untilSent(verificationSid) {
  for (let tries = 0; tries < 200; tries++) {
    const [found] = await attempts().list({ verificationSid });
    if (found && found.channelData.message_status) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("The attempt does not come.");
}

test("an attempt is listed and fetched, and converted once its code is typed", async () => {
  const { to, sid, code } = await start();
  const before = await untilSent(sid);

  await suite.server.client().verify.v2.services(suite.server.service).verificationChecks.create({ to, code });
  const after = await attempts()(before.sid).fetch();

  assert.deepEqual([before.conversionStatus, before.channelData.status], ["unconverted", "unconfirmed"]);
  assert.deepEqual([after.conversionStatus, after.channelData.status, after.channel], ["converted", "confirmed", "sms"]);
  assert.deepEqual([after.verificationSid, after.serviceSid, after.channelData.to, after.channelData.code_length], [sid, suite.server.service, to, 6]);
  assert.equal(after.price, null);
  assert.ok(after.dateCreated instanceof Date);
});

test("filters and pages work as the client sends them", async () => {
  const [one, other] = [await start(), await start()];
  await Promise.all([one, other].map(({ sid }) => untilSent(sid)));
  const after = new Date(Date.now() - 3_600_000);

  const mine = await attempts().list({ "channelData.to": one.to });
  const all = await attempts().list({ pageSize: 1, dateCreatedAfter: after, verifyServiceSid: suite.server.service, channel: "sms" });

  assert.deepEqual(mine.map(({ verificationSid }) => verificationSid), [one.sid]);
  assert.deepEqual(new Set(all.map(({ sid }) => sid)).size, all.length);
  assert.ok([one, other].every(({ sid }) => all.some(({ verificationSid }) => verificationSid === sid)));
  assert.deepEqual(await attempts().list({ dateCreatedBefore: after }), []);
  assert.ok((await attempts().list({ status: "unconverted" })).every(({ conversionStatus }) => conversionStatus === "unconverted"));
  await refusal(attempts()(`VL${"0".repeat(32)}`).fetch(), 404, 20404);
});

test("a summary says how many there were and how many were converted", async () => {
  const list = await attempts().list({ dateCreatedAfter: new Date(Date.now() - 3_600_000) });
  const converted = list.filter(({ conversionStatus }) => conversionStatus === "converted").length;

  const sums = await summary().fetch({ verifyServiceSid: suite.server.service });
  const none = await summary().fetch({ country: "JP" });

  assert.deepEqual([sums.totalAttempts, sums.totalConverted, sums.totalUnconverted], [list.length, converted, list.length - converted]);
  assert.ok(Math.abs(Number(sums.conversionRatePercentage) - (100 * converted) / list.length) < 1e-6);
  assert.deepEqual([none.totalAttempts, none.conversionRatePercentage], [0, null]);
});

nothingLeaks(suite);
