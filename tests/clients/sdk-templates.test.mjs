// Templates and messaging configurations through the unmodified Twilio client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newPool, newTemplate, nothingLeaks, refusal, useServer } from "./suite.mjs";

const suite = useServer();
const verify = () => suite.server.client().verify.v2;

test("templates are listed, all of them and by name", async () => {
  const sids = [];
  for (let i = 1; i <= 3; i++) {
    sids.unshift(await newTemplate(suite.server, { name: i === 2 ? "the second" : "another", texts: { en: "{{code}}", "pt-BR": "{{code}} é" } }));
  }

  const all = await verify().templates.list({ pageSize: 2 });
  const [second] = await verify().templates.list({ friendlyName: "the second" });

  assert.deepEqual(all.map(({ sid }) => sid), sids);
  assert.equal(second.sid, sids[1]);
  assert.deepEqual(second.channels, ["sms"]);
  assert.equal(second.translations["pt-BR"].text, "{{code}} é");
});

test("a template's gaps are filled, and named where they are not", async () => {
  const templateSid = await newTemplate(suite.server, { name: "gaps", texts: { en: "{{user}}, your code is {{code}}" } });
  const to = suite.server.number();
  const start = (more) => verify().services(suite.server.service).verifications.create({ to, channel: "sms", templateSid, ...more });

  const error = await refusal(start(), 400, 60224);
  const { status } = await start({ templateCustomSubstitutions: JSON.stringify({ user: "Ann" }) });

  assert.deepEqual(error.details.missing, ["user"]);
  assert.equal(status, "pending");
  const code = await suite.server.codeFor(to);
  const check = await verify().services(suite.server.service).verificationChecks.create({ to, code });
  assert.equal(check.status, "approved");
});

test("a country is given a pool of senders, another, and none", async () => {
  const [first, second] = ["MG" + "1".repeat(32), "MG" + "2".repeat(32)];
  await newPool(suite.server, first);
  await newPool(suite.server, second);
  const configurations = verify().services(suite.server.service).messagingConfigurations;

  const made = await configurations.create({ country: "CA", messagingServiceSid: first });
  assert.deepEqual([made.country, made.messagingServiceSid], ["CA", first]);
  await refusal(configurations.create({ country: "CA", messagingServiceSid: first }), 400, 60213);
  await refusal(configurations.create({ country: "DE", messagingServiceSid: "MG" + "3".repeat(32) }), 400, 60200);

  const one = verify().services(suite.server.service).messagingConfigurations("CA");
  assert.equal((await one.update({ messagingServiceSid: second })).messagingServiceSid, second);
  assert.equal((await one.fetch()).messagingServiceSid, second);
  assert.deepEqual((await configurations.list()).map(({ country }) => country), ["CA"]);
  assert.equal(await one.remove(), true);
  await refusal(one.fetch(), 404, 20404);
});

nothingLeaks(suite);
