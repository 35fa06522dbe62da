// Rate limits and their buckets through the unmodified Twilio client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nothingLeaks, refusal, useServer } from "./suite.mjs";

const suite = useServer();
const service = () => suite.server.client().verify.v2.services(suite.server.service);

test("a rate limit is made, listed, changed and removed, and so are its buckets", async () => {
  const limits = service().rateLimits;
  const made = await limits.create({ uniqueName: "end_user.ip-1", description: "By address" });
  assert.deepEqual([made.uniqueName, made.description, made.sid.slice(0, 2)], ["end_user.ip-1", "By address", "RK"]);
  await refusal(limits.create({ uniqueName: "end_user.ip-1" }), 400, 60208);
  await refusal(limits.create({ uniqueName: "end user" }), 400, 60209);
  const one = service().rateLimits(made.sid);
  assert.equal((await one.fetch()).uniqueName, made.uniqueName);
  assert.equal((await one.update({ description: "Other" })).description, "Other");
  assert.deepEqual((await limits.list()).map(({ sid }) => sid), [made.sid]);

  const bucket = await one.buckets.create({ max: 5, interval: 60 });
  assert.deepEqual([bucket.max, bucket.interval, bucket.rateLimitSid], [5, 60, made.sid]);
  await refusal(one.buckets.create({ max: 9, interval: 60 }), 400, 60211);
  assert.equal((await one.buckets(bucket.sid).fetch()).max, 5);
  assert.deepEqual(await one.buckets(bucket.sid).update({ max: 6 }).then(({ max, interval }) => [max, interval]), [6, 60]);
  assert.deepEqual((await one.buckets.list({ pageSize: 1 })).map(({ sid }) => sid), [bucket.sid]);
  assert.equal(await one.buckets(bucket.sid).remove(), true);
  await refusal(one.buckets(bucket.sid).fetch(), 404, 20404);

  assert.equal(await one.remove(), true);
  await refusal(one.fetch(), 404, 20404);
});

test("a start that is one too many says which bucket is full, and a name that does not exist is named", async () => {
  const limit = await service().rateLimits.create({ uniqueName: "session" });
  const bucket = await service().rateLimits(limit.sid).buckets.create({ max: 1, interval: 3600 });
  const start = (rateLimits) => {
    const to = suite.server.number();
    return service().verifications.create({ to, channel: "sms", rateLimits }).then((started) => suite.server.codeFor(to).then(() => started));
  };

  assert.equal((await start({ session: "s1" })).status, "pending");
  const error = await refusal(start({ session: "s1" }), 429, 20429);
  const unknown = await refusal(start({ sessions: "s1" }), 400, 60200);

  assert.deepEqual(
    [error.details.reason, error.details.rate_limit, error.details.bucket, error.details.max, error.details.interval],
    ["rate_limit_reached", "session", bucket.sid, 1, 3600]);
  assert.deepEqual([unknown.details.reason, unknown.details.rate_limit], ["unknown_rate_limit", "sessions"]);
  assert.equal((await start({ session: "s2" })).status, "pending");
});

nothingLeaks(suite);
