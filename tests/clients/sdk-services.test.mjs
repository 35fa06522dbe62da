// Services through the unmodified Twilio client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal, useServer } from "./suite.mjs";

const suite = useServer();
const services = () => suite.server.client().verify.v2.services;

async function threeNamed(prefix, count = 3) {
  const made = [];
  for (let i = 1; i <= count; i++) {
    made.push(await services().create({ friendlyName: `${prefix} ${i}` }));
  }

  return made.map((service) => service.sid);
}

test("a service is created with Twilio's defaults", async () => {
  const service = await services().create({ friendlyName: "Corner Shop" });

  assert.match(service.sid, /^VA[0-9a-f]{32}$/);
  assert.equal(service.accountSid, suite.server.account);
  assert.equal(service.friendlyName, "Corner Shop");
  assert.equal(service.codeLength, 6);
  assert.equal(service.lookupEnabled, false);
  assert.equal(service.psd2Enabled, false);
  assert.equal(service.customCodeEnabled, false);
  assert.equal(service.doNotShareWarningEnabled, false);
  assert.equal(service.url, `${suite.server.url}/v2/Services/${service.sid}`);
  assert.equal(service.links.verifications, `${service.url}/Verifications`);
});

test("a service's moments are dates", async () => {
  const before = Math.floor(Date.now() / 1000) * 1000;
  const service = await services().create({ friendlyName: "Clock" });

  for (const date of [service.dateCreated, service.dateUpdated]) {
    assert.ok(date instanceof Date);
    assert.ok(date.getTime() >= before && date.getTime() <= Date.now(), `${date.toISOString()} is not now`);
  }
});

test("a service is fetched as it was created", async () => {
  const created = await services().create({ friendlyName: "Bakery", codeLength: 8, "totp.issuer": "Bakery Ltd", "totp.skew": 2 });

  const fetched = await services()(created.sid).fetch();

  assert.deepEqual(fetched.toJSON(), created.toJSON());
  assert.equal(fetched.codeLength, 8);
  assert.deepEqual([fetched.totp.issuer, fetched.totp.skew], ["Bakery Ltd", 2]);
});

test("an update changes what it names and leaves the rest", async () => {
  const created = await services().create({ friendlyName: "Before", codeLength: 7, doNotShareWarningEnabled: true });

  const updated = await services()(created.sid).update({ friendlyName: "After", customCodeEnabled: true });
  const fetched = await services()(created.sid).fetch();

  assert.equal(updated.friendlyName, "After");
  assert.equal(updated.customCodeEnabled, true);
  assert.equal(updated.codeLength, 7);
  assert.equal(updated.doNotShareWarningEnabled, true);
  assert.deepEqual(fetched.toJSON(), updated.toJSON());
});

test("a removed service is gone", async () => {
  const created = await services().create({ friendlyName: "Short lived" });

  assert.equal(await services()(created.sid).remove(), true);

  const error = await refusal(services()(created.sid).fetch(), 404, 20404);
  assert.match(error.message, new RegExp(`/Services/${created.sid} was not found`));
  await refusal(services()(created.sid).remove(), 404, 20404);
});

test("pages lead forwards and back, each service once", async () => {
  const made = await threeNamed("Paged", 5);

  const pages = [await services().page({ pageSize: 2 })];
  for (let next = await pages[0].nextPage(); next; next = await next.nextPage()) {
    pages.push(next);
  }

  const sids = pages.flatMap((page) => page.instances.map((service) => service.sid));
  assert.ok(pages.every((page) => page.instances.length >= 1 && page.instances.length <= 2));
  assert.equal(new Set(sids).size, sids.length, "a service was listed twice");
  made.forEach((sid) => assert.ok(sids.includes(sid), `${sid} is missing`));

  let page = pages.at(-1);
  for (let expected = pages.length - 2; expected >= 0; expected--) {
    page = await page.previousPage();
    assert.deepEqual(page.instances.map((service) => service.sid), pages[expected].instances.map((service) => service.sid));
  }

  assert.equal(await page.previousPage(), undefined);
});

test("a page may be taken up again by its address", async () => {
  await threeNamed("Address");
  const first = await services().page({ pageSize: 1 });

  const second = await services().getPage(first.nextPageUrl);

  assert.equal(second.instances.length, 1);
  assert.notEqual(second.instances[0].sid, first.instances[0].sid);
});

test("each and list follow the pages by themselves, up to their limit", async () => {
  const made = await threeNamed("Walked");

  const seen = [];
  await new Promise((done, fail) => services().each(
    { pageSize: 2, callback: (service) => seen.push(service.sid), done: (problem) => (problem ? fail(problem) : done()) }));
  const all = await services().list({ pageSize: 2 });
  const four = await services().list({ pageSize: 3, limit: 4 });

  made.forEach((sid) => assert.ok(seen.includes(sid)));
  assert.deepEqual(all.map((service) => service.sid), seen);
  assert.deepEqual(four.map((service) => service.sid), seen.slice(0, 4));
});

test("a name that is too long, or holds a link, is refused by its parameter", async () => {
  for (const friendlyName of ["x".repeat(31), "example.com/a", "Call 12345"]) {
    const error = await refusal(services().create({ friendlyName }), 400, 60200);
    assert.match(error.message, /`FriendlyName`/);
    assert.equal(error.details.parameter, "FriendlyName");
  }
});

test("a code length that Twilio has not is refused", async () => {
  for (const codeLength of [3, 11]) {
    const error = await refusal(services().create({ friendlyName: "Length", codeLength }), 400, 60200);
    assert.match(error.message, /`CodeLength`/);
  }
});
