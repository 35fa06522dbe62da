// What every test file with a server has around its tests.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startServer } from "./server.mjs";

/** Starts a server before the file's tests and removes it after them; the answer stands in for it until then. */
export function useServer(settings) {
  const holder = {};
  before(async () => { holder.server = await startServer(settings); });
  after(async () => { await holder.server?.remove(); });
  return holder;
}

/** The last test of a file: nothing that the others sent or read may have come to rest. */
export function nothingLeaks(holder) {
  test("no code and no plain number is in the data directory or in what was printed", async () => {
    const { server } = holder;
    assert.ok(server.noted.numbers > 0 && server.noted.codes > 0, "the tests noted nothing to look for");

    const whileRunning = server.leaks();
    await server.stop();
    const afterwards = server.leaks();

    assert.deepEqual(whileRunning, []);
    assert.deepEqual(afterwards, []);
  });
}

/** A template whose texts are approved, the first in the default language; its SID. */
export async function newTemplate(server, { name, channels = ["sms"], texts = { en: "Your {{friendly_name}} code is {{code}}" } }) {
  const made = await admin(server, "POST", "/admin/v1/templates", { friendly_name: name.slice(0, 32), channels, default_locale: Object.keys(texts)[0], translations: texts });
  for (const locale of Object.keys(texts)) {
    await admin(server, "POST", `/admin/v1/templates/${made.sid}/translations/${locale}/approve`, {});
  }

  return made.sid;
}

/** A pool of senders of that SID. */
export async function newPool(server, sid, senders = ["+14155550199"]) {
  return admin(server, "PUT", `/admin/v1/messaging-services/${sid}`, { senders });
}

async function admin(server, method, path, body) {
  const response = await server.fetch(path, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** The error that the Twilio client throws, with the status and code that applications branch on. */
export async function refusal(promise, status, code) {
  const error = await promise.then(
    (answer) => assert.fail(`refused with ${status}/${code} was expected, and it went well: ${JSON.stringify(answer)}`),
    (problem) => problem);
  assert.equal(error.constructor.name, "RestException", error.stack);
  assert.deepEqual({ status: error.status, code: error.code }, { status, code }, `${error.message} ${JSON.stringify(error.details)}`);
  assert.match(error.moreInfo, new RegExp(`^http://[^/]+/admin/v1/errors/${code}$`));
  return error;
}

/** A code of the same length that is not this one. */
export function otherThan(code) {
  return code.replace(/\d$/, (last) => String((Number(last) + 1) % 10));
}
