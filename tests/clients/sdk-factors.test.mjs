// Entities, factors, challenges, access tokens and forms through the unmodified Twilio client.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { nothingLeaks, refusal, useServer } from "./suite.mjs";

const suite = useServer();
const service = () => suite.server.client().verify.v2.services(suite.server.service);

/** The code of an authenticator app (RFC 6238) at a moment, SHA-1, six digits, 30 seconds. */
const totp = (secret, at = Date.now()) => {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  return String((hash.readUInt32BE(hash.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
};

test("a person is made, listed, read and removed", async () => {
  const made = await service().entities.create({ identity: "sdk-person-0001" });
  assert.deepEqual([made.identity, made.sid.slice(0, 2), made.serviceSid], ["sdk-person-0001", "YE", suite.server.service]);
  await refusal(service().entities.create({ identity: "sdk-person-0001" }), 409, 60301);
  await refusal(service().entities.create({ identity: "short" }), 400, 60306);
  assert.equal((await service().entities("sdk-person-0001").fetch()).sid, made.sid);
  assert.ok((await service().entities.list({ pageSize: 1 })).some(({ sid }) => sid === made.sid));
  assert.equal(await service().entities("sdk-person-0001").remove(), true);
  await refusal(service().entities("sdk-person-0001").fetch(), 404, 20404);
});

test("an authenticator app is added, verified and asked", async () => {
  const person = service().entities("sdk-person-0002");
  const factor = await person.newFactors.create({ friendlyName: suite.server.number(), factorType: "totp", "config.skew": 1 });
  suite.server.noteCode(factor.binding.secret);
  assert.deepEqual([factor.status, factor.factorType, factor.config.code_length], ["unverified", "totp", 6]);
  const wrong = await person.factors(factor.sid).update({ authPayload: "000000" });
  assert.equal(wrong.status, "unverified");
  const before = Date.now() - 30_000;
  assert.equal((await person.factors(factor.sid).update({ authPayload: totp(factor.binding.secret, before) })).status, "verified");
  const code = totp(factor.binding.secret);
  const challenge = await person.challenges.create({ factorSid: factor.sid, authPayload: code });
  assert.deepEqual([challenge.status, challenge.factorSid], ["approved", factor.sid]);
  assert.equal((await person.challenges.create({ factorSid: factor.sid, authPayload: code })).status, "pending");
  await refusal(person.challenges(challenge.sid).update({ authPayload: code }), 403, 60322);
  assert.deepEqual((await person.challenges.list({ factorSid: factor.sid, status: "approved", order: "desc" })).map(({ sid }) => sid), [challenge.sid]);
  assert.equal((await person.challenges(challenge.sid).fetch()).dateResponded instanceof Date, true);
  assert.deepEqual((await person.factors.list()).map(({ sid }) => sid), [factor.sid]);
  assert.equal(await person.factors(factor.sid).remove(), true);
  await refusal(person.factors(factor.sid).fetch(), 404, 20404);
});

test("a push factor is added, verified, asked and answered", async () => {
  const person = service().entities("sdk-person-0003");
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const base64url = (json) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const factor = await person.newFactors.create({
    friendlyName: "Owl's phone", factorType: "push", "binding.alg": "ES256", "binding.publicKey": publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    "config.appId": "com.example.owl", "config.notificationPlatform": "none", "config.sdkVersion": "1.0", metadata: { os: "Owl OS" },
  });
  assert.deepEqual([factor.status, factor.metadata.os], ["unverified", "Owl OS"]);
  await refusal(person.factors(factor.sid).update({ authPayload: "AAAA" }), 403, 60311);
  const proof = sign("sha256", Buffer.from(factor.sid), privateKey).toString("base64");
  assert.equal((await person.factors(factor.sid).update({ authPayload: proof })).status, "verified");

  const made = await person.challenges.create({
    factorSid: factor.sid, "details.message": `Sign in as ${suite.server.number()}?`, "details.fields": [{ label: "City", value: "Lyon" }], hiddenDetails: { ip: "192.0.2.7" },
  });
  assert.deepEqual([made.status, made.details.fields[0].value, made.hiddenDetails.ip], ["pending", "Lyon", "192.0.2.7"]);
  await refusal(person.challenges(made.sid).notifications.create({ ttl: 60 }), 400, 60307);

  // The members that the server names are signed as they were read.
  const read = await suite.server.fetch(new URL(made.url).pathname);
  const body = await read.json();
  const payload = Object.fromEntries(read.headers.get("twilio-verify-signature-fields").split(",").map((name) => [name, body[name]]));
  const signed = `${base64url({ typ: "JWT", alg: "ES256" })}.${base64url({ ...payload, status: "approved" })}`;
  const answer = `${signed}.${sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  await refusal(person.challenges(made.sid).update({ authPayload: answer.slice(0, -8) + "AAAAAAAA" }), 403, 60324);
  assert.equal((await person.challenges(made.sid).update({ authPayload: answer })).status, "approved");
});

test("an access token is made and fetched, and the form is read", async () => {
  const token = await service().accessTokens.create({ identity: "sdk-person-0004", factorType: "push", factorFriendlyName: "Owl", ttl: 120 });
  assert.deepEqual([token.ttl, token.entityIdentity, token.token.split(".").length], [120, "sdk-person-0004", 5]);
  assert.equal((await service().accessTokens(token.sid).fetch()).token, token.token);
  await refusal(service().accessTokens.create({ identity: "sdk-person-0004", factorType: "push", ttl: 5 }), 400, 60305);
  const form = await suite.server.client().verify.v2.forms("form-push").fetch();
  assert.deepEqual(Object.keys(form.forms), ["create_factor", "verify_factor", "create_challenge"]);
});

nothingLeaks(suite);
