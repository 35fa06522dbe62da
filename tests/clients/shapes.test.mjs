// Our answers beside the ones in Twilio's published specification: the same status, keys, order of keys, types and nulls.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "./server.mjs";
import { newPool, newTemplate, nothingLeaks, useServer } from "./suite.mjs";

// The specification is not ours to distribute: where it does not lie beside the repository these tests are skipped.
const folder = process.env.COUNTERSIGN_TWILIO_SPEC ?? join(repository, "../shared/twilio");
const [specification, examples] = ["verify_v2.json", "verify_v2_examples.json"]
  .map((name) => join(folder, name))
  .map((path) => existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined);
const skip = specification && examples ? false : "Twilio's specification does not lie beside the repository";

const suite = skip ? {} : useServer();

function example(operation, name, status) {
  const { requests = {}, responses } = examples.find(({ op }) => op === operation);
  return { request: requests[name]?.value ?? {}, response: responses[status][name] };
}

/** Asserts that a body has the shape of the example; `schema` names the specification's schema of it. */
function sameShape(ours, theirs, schema, extra = []) {
  const keys = Object.keys(ours).filter((key) => !extra.includes(key));
  assert.deepEqual(keys, Object.keys(theirs), "keys and their order");
  const types = specification.components.schemas[schema]?.properties ?? {};
  for (const key of keys) {
    // The examples leave null what their own request set; there the specification says what it is otherwise.
    if (theirs[key] === null && ours[key] !== null) {
      assert.equal(kind(ours[key]), types[key]?.type, `${key} may be null or ${types[key]?.type}`);
    } else {
      same(ours[key], theirs[key], key);
    }
  }
}

function same(ours, theirs, path) {
  assert.equal(kind(ours), kind(theirs), `${path} is ${JSON.stringify(ours)}; in the example it is ${JSON.stringify(theirs)}`);
  if (kind(theirs) === "object") {
    assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort(), `keys of ${path}`);
    Object.keys(theirs).forEach((key) => same(ours[key], theirs[key], `${path}.${key}`));
  } else if (kind(theirs) === "array") {
    assert.equal(ours.length > 0, theirs.length > 0, `${path} has ${ours.length} element(s)`);
    ours.forEach((element, i) => same(element, theirs[0], `${path}[${i}]`));
  } else if (kind(theirs) === "string") {
    assert.equal(form(ours), form(theirs), `the form of ${path}`);
  }
}

function kind(value) {
  return value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
}

/** What a text must have in common with the example's: an address its path, a SID its letters, a moment its precision. */
function form(text) {
  return text
    .replace(/^https?:\/\/[^/]+/, "https://host")
    .replace(/\b([A-Z]{2})[0-9a-fA-F]{32}\b/g, "$1…")
    .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "moment")
    .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/, "moment")
    .replace(/^(?!https:|moment$|[A-Z]{2}…$).*$/s, "text");
}

/** The form that makes a service like the one in an example's answer. */
function settingsOf(service) {
  const computed = new Set(["sid", "account_sid", "date_created", "date_updated", "url", "links"]);
  const fields = (object, prefix) => Object.entries(object).flatMap(([key, value]) => {
    const name = prefix + key.split("_").map((word) => word[0].toUpperCase() + word.slice(1)).join("");
    return value === null || computed.has(key) ? []
      : kind(value) === "object" ? fields(value, `${name}.`)
        : [[name, Array.isArray(value) ? value.join(",") : String(value)]];
  });
  return Object.fromEntries(fields(service, ""));
}

async function send(method, path, values) {
  // A list is one parameter for each of its members.
  const body = values && new URLSearchParams(Object.entries(values).flatMap(([name, value]) => [value].flat().map((one) => [name, one])));
  const response = await suite.server.fetch(path, { method, body });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

/** The example's template is none of ours: one that is takes its place. */
async function withTemplate(values) {
  return values.DefaultTemplateSid ? { ...values, DefaultTemplateSid: await newTemplate(suite.server, { name: "shape" }) } : values;
}

async function newService(settings) {
  const values = await withTemplate(settings);
  const { status, body } = await send("POST", "/v2/Services", values);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

// The example's template is none of ours and its message no template's, the example's custom code is longer than a code may be, and a
// rate limit must be made before it is named.
function sendable({ CustomCode, CustomMessage, TemplateSid, TemplateCustomSubstitutions, RateLimits, ...rest }, to) {
  return { ...rest, To: to };
}

async function started(name = "createVerification") {
  const to = suite.server.number();
  const answer = await send("POST", `/v2/Services/${suite.server.service}/Verifications`, sendable(example("CreateVerification", name, 201).request, to));
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return { ...answer, to };
}

test("CreateService", { skip }, async () => {
  const { request, response } = example("CreateService", "createRecord", 201);

  const { status, body } = await send("POST", "/v2/Services", await withTemplate({ ...settingsOf(response), ...request }));

  assert.equal(status, 201, JSON.stringify(body));
  sameShape(body, response, "verify.v2.service");
  const { sid, account_sid, date_created, date_updated, url, links, default_template_sid, ...settings } = response;
  assert.deepEqual(Object.fromEntries(Object.keys(settings).map((key) => [key, body[key]])), settings, "every setting as in the example");
});

test("FetchService", { skip }, async () => {
  const { response } = example("FetchService", "fetchRecord", 200);
  const { sid } = await newService(settingsOf(response));

  const { status, body } = await send("GET", `/v2/Services/${sid}`);

  assert.equal(status, 200);
  sameShape(body, response, "verify.v2.service");
});

test("UpdateService", { skip }, async () => {
  const { request, response } = example("UpdateService", "updateRecord", 200);
  const { sid } = await newService({ FriendlyName: "before" });

  const { status, body } = await send("POST", `/v2/Services/${sid}`, await withTemplate({ ...settingsOf(response), ...request }));

  assert.equal(status, 200, JSON.stringify(body));
  sameShape(body, response, "verify.v2.service");
});

test("ListService", { skip }, async () => {
  const { response } = example("ListService", "readAll", 200);
  await newService(settingsOf(response.services[0]));

  const { status, body } = await send("GET", "/v2/Services?PageSize=50");

  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), Object.keys(response));
  same(body.meta, response.meta, "meta");
  assert.deepEqual([body.meta.key, body.meta.page, body.meta.page_size], ["services", 0, 50]);
  const like = body.services.filter((service) => service.friendly_name === response.services[0].friendly_name && service.tts_name);
  assert.ok(like.length > 0);
  body.services.forEach((service) => assert.deepEqual(Object.keys(service), Object.keys(response.services[0])));
  sameShape(like[0], response.services[0], "verify.v2.service");
});

test("DeleteService", { skip }, async () => {
  const { sid } = await newService({ FriendlyName: "short lived" });

  const answer = await send("DELETE", `/v2/Services/${sid}`);

  assert.deepEqual(answer, { status: 204, body: null });
});

test("CreateVerification", { skip }, async () => {
  const { response } = example("CreateVerification", "createVerification", 201);

  const { body } = await started();

  sameShape(body, response, "verify.v2.service.verification", ["countersign"]);
});

test("CreateVerification without what is optional", { skip }, async () => {
  const { response } = example("CreateVerification", "createVerification", 201);
  const to = suite.server.number();

  const { status, body } = await send("POST", `/v2/Services/${suite.server.service}/Verifications`, { To: to, Channel: "sms" });

  assert.equal(status, 201);
  assert.deepEqual([body.amount, body.payee, body.sna], [null, null, null]);
  sameShape(body, response, "verify.v2.service.verification", ["countersign"]);
});

test("FetchVerification", { skip }, async () => {
  const { response } = example("FetchVerification", "fetchVerification", 200);
  const { body: { sid } } = await started();

  const { status, body } = await send("GET", `/v2/Services/${suite.server.service}/Verifications/${sid}`);

  assert.equal(status, 200);
  sameShape(body, response, "verify.v2.service.verification", ["countersign"]);
});

for (const name of ["updateVerification", "approveVerificationWithPn"]) {
  test(`UpdateVerification: ${name}`, { skip }, async () => {
    const { request, response } = example("UpdateVerification", name, 200);
    const { body: { sid }, to } = await started();

    const { status, body } = await send("POST", `/v2/Services/${suite.server.service}/Verifications/${name === "updateVerification" ? sid : to}`, request);

    assert.equal(status, 200, JSON.stringify(body));
    sameShape(body, response, "verify.v2.service.verification", ["countersign"]);
    assert.deepEqual([body.status, body.valid], [response.status, response.valid]);
  });
}

test("CreateVerificationCheck", { skip }, async () => {
  const { request, response } = example("CreateVerificationCheck", "verificationChecks200", 200);
  const { body: { sid }, to } = await started();
  const Code = await suite.server.codeFor(to);

  const { status, body } = await send("POST", `/v2/Services/${suite.server.service}/VerificationCheck`, { ...request, To: to, VerificationSid: sid, Code });

  assert.equal(status, 200, JSON.stringify(body));
  sameShape(body, response, "verify.v2.service.verification_check", ["countersign"]);
  assert.deepEqual([body.status, body.valid], ["approved", true]);
});

test("ListVerificationTemplate", { skip }, async () => {
  const { response } = example("ListVerificationTemplate", "listVerificationTemplates", 200);
  for (const { friendly_name: name, channels, translations } of response.templates) {
    await newTemplate(suite.server, { name, channels, texts: { en: translations.en.text } });
  }

  const { status, body } = await send("GET", "/v2/Templates?PageSize=50");

  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), Object.keys(response));
  same(body.meta, response.meta, "meta");
  for (const theirs of response.templates) {
    // The example's name is longer than the 32 characters that its own specification allows.
    const ours = body.templates.find(({ friendly_name }) => friendly_name === theirs.friendly_name.slice(0, 32));
    sameShape(ours, theirs);
    assert.deepEqual(ours.channels, theirs.channels);
    const { date_updated, date_created, ...text } = ours.translations.en;
    assert.deepEqual(Object.keys(ours.translations.en), Object.keys(theirs.translations.en));
    for (const key of Object.keys(text)) {
      assert.equal(text[key], theirs.translations.en[key], key);
    }
  }
});

test("MessagingConfigurations", { skip }, async () => {
  const { sid } = await newService({ FriendlyName: "configured" });
  const path = `/v2/Services/${sid}/MessagingConfigurations`;
  const empty = example("ListMessagingConfiguration", "readEmpty", 200);
  const created = example("CreateMessagingConfiguration", "create", 201);
  await newPool(suite.server, created.request.MessagingServiceSid);

  const none = await send("GET", `${path}?PageSize=50`);
  const { status, body } = await send("POST", path, created.request);
  const updated = await send("POST", `${path}/CA`, example("UpdateMessagingConfiguration", "update", 200).request);
  const listed = await send("GET", `${path}?PageSize=50`);

  assert.deepEqual([none.status, Object.keys(none.body)], [200, Object.keys(empty.response)]);
  same(none.body, empty.response, "empty");
  assert.equal(status, 201, JSON.stringify(body));
  sameShape(body, created.response);
  sameShape(updated.body, example("UpdateMessagingConfiguration", "update", 200).response);
  sameShape((await send("GET", `${path}/CA`)).body, example("FetchMessagingConfiguration", "fetch", 200).response);
  same(listed.body, example("ListMessagingConfiguration", "readFull", 200).response, "list");
  assert.deepEqual(await send("DELETE", `${path}/CA`), { status: 204, body: null });
});

test("RateLimits and Buckets", { skip }, async () => {
  const { sid } = await newService({ FriendlyName: "limited" });
  const path = `/v2/Services/${sid}/RateLimits`;
  const created = example("CreateRateLimit", "createRateLimit", 201);
  const limit = await send("POST", path, created.request);
  const own = `${path}/${limit.body.sid}`;
  const bucketExample = example("CreateBucket", "createBucket", 201);

  const none = await send("GET", `${own}/Buckets?PageSize=50`);
  const bucket = await send("POST", `${own}/Buckets`, bucketExample.request);
  const ownBucket = `${own}/Buckets/${bucket.body.sid}`;

  assert.deepEqual([limit.status, bucket.status], [201, 201]);
  sameShape(limit.body, created.response);
  sameShape((await send("GET", own)).body, example("FetchRateLimit", "fetchRateLimit", 200).response);
  const updated = example("UpdateRateLimit", "updateRateLimit", 200);
  sameShape((await send("POST", own, updated.request)).body, updated.response);
  same((await send("GET", `${path}?PageSize=50`)).body.rate_limits, example("ListRateLimit", "readAll", 200).response.rate_limits, "rate limits");
  same(none.body, example("ListBucket", "readEmpty", 200).response, "empty");
  sameShape(bucket.body, bucketExample.response);
  sameShape((await send("GET", ownBucket)).body, example("FetchBucket", "fetchBucket", 200).response);
  const changed = example("UpdateBucket", "updateBucket", 200);
  sameShape((await send("POST", ownBucket, changed.request)).body, changed.response);
  same((await send("GET", `${own}/Buckets?PageSize=50`)).body, example("ListBucket", "readFull", 200).response, "buckets");
  assert.deepEqual(await send("DELETE", ownBucket), { status: 204, body: null });
  assert.deepEqual(await send("DELETE", own), { status: 204, body: null });
});

test("Webhooks", { skip }, async () => {
  const { sid } = await newService({ FriendlyName: "hooked" });
  const path = `/v2/Services/${sid}/Webhooks`;
  same((await send("GET", `${path}?PageSize=50`)).body, example("ListWebhook", "readEmpty", 200).response, "empty");
  const created = example("CreateWebhook", "create", 201);
  const webhook = await send("POST", path, created.request);
  const own = `${path}/${webhook.body.sid}`;

  assert.equal(webhook.status, 201);
  sameShape(webhook.body, created.response);
  assert.deepEqual(webhook.body.event_types, created.response.event_types);
  sameShape((await send("GET", own)).body, example("FetchWebhook", "fetch", 200).response);
  const updated = example("UpdateWebhook", "update", 200);
  sameShape((await send("POST", own, updated.request)).body, updated.response);
  same((await send("GET", `${path}?PageSize=50`)).body, example("ListWebhook", "readFull", 200).response, "webhooks");
  assert.deepEqual(await send("DELETE", own), { status: 204, body: null });
});

if (!skip) {
  nothingLeaks(suite);
}
