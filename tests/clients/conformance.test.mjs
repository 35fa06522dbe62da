// Every operation of Twilio's specification, asked for with the unmodified client: the raw answers beside the specification's examples.
import assert from "node:assert/strict";
import { test } from "node:test";
import { drivers } from "./conformance/drivers.mjs";
import { exceptions, leftOut, notYet } from "./conformance/exceptions.mjs";
import { differences } from "./conformance/shape.mjs";
import { operations, skip } from "./conformance/specification.mjs";
import { World } from "./conformance/world.mjs";
import { nothingLeaks, useServer } from "./suite.mjs";

const suite = skip ? {} : useServer();
const met = new Set();

/** What is wrong with the server's answer to an example, as texts; nothing if it conforms. */
async function faultsOf(world, operation, example) {
  let answer;
  try {
    answer = await drivers[operation.id](world, example);
  } catch (problem) {
    return [`${example.name}: ${problem.message}`];
  }

  // Both are declared with the same body.
  const statuses = operation.examples.map(({ status }) => status).filter((status) => Math.floor(status / 100) === Math.floor(example.status / 100));
  if (!statuses.includes(answer.status)) {
    return [`${example.name}: ${answer.status} instead of ${example.status}: ${JSON.stringify(answer.body)}`];
  }

  return differences(answer.body, example.response)
    .filter((difference) => !isKnown(operation, example, difference))
    .map(({ path, what }) => `${example.name}: ${path || "the body"} ${what}`);
}

function isKnown({ id }, { name }, { path }) {
  const known = exceptions.find((exception) => exception.operations.test(id) && (exception.examples?.test(name) ?? true) && exception.path === path);
  known && met.add(known);
  return known !== undefined;
}

test("every operation of the specification conforms", { skip }, async (t) => {
  const faults = new Map();
  const world = new World(suite.server);
  // The list of services first: later the account has more than a page of them.
  for (const operation of operations.toSorted((a, b) => (b.id === "ListService") - (a.id === "ListService"))) {
    const wanted = operation.examples.filter(({ name }) => !(`${operation.id} ${name}` in leftOut));
    assert.ok(wanted.length > 0 && drivers[operation.id], `${operation.id} is not driven`);
    for (const example of wanted) {
      faults.set(operation.id, [...(faults.get(operation.id) ?? []), ...await faultsOf(world, operation, example)]);
    }
  }

  const failed = operations.filter(({ id }) => faults.get(id).length > 0);
  t.diagnostic(`${operations.length - failed.length}/${operations.length} operations`);
  failed.forEach(({ id }) => t.diagnostic(`${id}: ${notYet[id] ?? faults.get(id).join("; ")}`));

  assert.deepEqual(failed.filter(({ id }) => !(id in notYet)).map(({ id }) => `${id}: ${faults.get(id).join("; ")}`), [], "operations that do not conform");
  assert.deepEqual(Object.keys(notYet).filter((id) => !failed.some((operation) => operation.id === id)), [], "operations that conform by now: take them off the list");
  assert.deepEqual(exceptions.filter((exception) => !met.has(exception)).map(({ path, reason }) => `${path}: ${reason}`), [], "exceptions that none of the answers needs");
});

if (!skip) {
  nothingLeaks(suite);
}
