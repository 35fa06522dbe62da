// Our answers beside the ones in Twilio's published specification: the same status, keys, order of keys, types and nulls.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "./server.mjs";
import { nothingLeaks, useServer } from "./suite.mjs";

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
  const body = values && new URLSearchParams(values);
  const response = await suite.server.fetch(path, { method, body });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

async function newService(values) {
  const { status, body } = await send("POST", "/v2/Services", values);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

// Templates and messages of one's own need an approval that does not exist yet, the example's custom code is longer than a code may be, and a
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

  const { status, body } = await send("POST", "/v2/Services", { ...settingsOf(response), ...request });

  assert.equal(status, 201, JSON.stringify(body));
  sameShape(body, response, "verify.v2.service");
  const { sid, account_sid, date_created, date_updated, url, links, ...settings } = response;
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

  const { status, body } = await send("POST", `/v2/Services/${sid}`, { ...settingsOf(response), ...request });

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

if (!skip) {
  nothingLeaks(suite);
}
