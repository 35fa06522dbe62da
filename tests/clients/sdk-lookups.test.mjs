// Lookup through the unmodified Twilio client, which has an address of its own for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useServer } from "./suite.mjs";

const suite = useServer();

function lookups() {
  const client = suite.server.client();
  client.lookups.baseUrl = suite.server.url;
  return client.lookups.v2;
}

test("a number is looked up where the client was pointed here for lookups too", async () => {
  const number = suite.server.number();

  const found = await lookups().phoneNumbers(number).fetch();

  assert.deepEqual([found.valid, found.phoneNumber, found.countryCode], [true, number, "US"]);
});

test("a number without a country is no number", async () => {
  const found = await lookups().phoneNumbers("+9991").fetch();

  assert.equal(found.valid, false);
});
