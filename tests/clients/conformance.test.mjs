// Every operation of Twilio's specification, asked for with the unmodified client: the raw answers beside the specification's examples; then every parameter of it.
// From both docs/compatibility.md is written.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compatibilityPage, hereOf } from "./conformance/compatibility.mjs";
import { differs, notThere } from "./conformance/departures.mjs";
import { drivers } from "./conformance/drivers.mjs";
import { exceptions, leftOut, notYet } from "./conformance/exceptions.mjs";
import { probe } from "./conformance/probing.mjs";
import { probes } from "./conformance/probes.mjs";
import { differences } from "./conformance/shape.mjs";
import { operations, skip } from "./conformance/specification.mjs";
import { World } from "./conformance/world.mjs";
import { repository } from "./server.mjs";
import { nothingLeaks, useServer } from "./suite.mjs";

const suite = skip ? {} : useServer();
const outcomes = new Map(operations.map(({ id }) => [id, { faults: [], parameters: {} }]));
const met = new Set();
const page = join(repository, "docs/compatibility.md");

/** What is wrong with the server's answer to an example, as texts; nothing if it conforms. */
async function faultsOf(world, operation, example) {
  let answer;
  try {
    answer = await drivers[operation.id](world, example);
  } catch (problem) {
    return [`${example.name}: ${problem.message}`];
  }

  // Where two statuses of success are declared, both are with the same body.
  const statuses = operation.examples.map(({ status }) => status).filter((status) => Math.floor(status / 100) === Math.floor(example.status / 100));
  if (!statuses.includes(answer.status)) {
    return [`${example.name}: ${answer.status} instead of ${example.status}: ${JSON.stringify(answer.body)}`];
  }

  return differences(answer.body, example.response)
    .filter((difference) => !isKnown(operation, example, difference))
    .map(({ path, what }) => `${example.name}: ${path || "the body"} ${what}`);
}

function isKnown({ id }, { name }, { path }) {
  const known = exceptions.find((exception) => exception.operations.test(id) && (exception.examples?.test(name) ?? true)
    && (exception.path === path || (exception.path.endsWith(".**") && path.startsWith(exception.path.slice(0, -2)))));
  known && met.add(known);
  return known !== undefined;
}

test("every operation of the specification conforms", { skip }, async (t) => {
  const world = new World(suite.server);

  // The list of services first: later the account has more than a page of them.
  for (const operation of operations.toSorted((a, b) => (b.id === "ListService") - (a.id === "ListService"))) {
    const wanted = operation.examples.filter(({ name }) => !(`${operation.id} ${name}` in leftOut));
    assert.ok(wanted.length > 0 && drivers[operation.id], `${operation.id} is not driven`);
    for (const example of wanted) {
      outcomes.get(operation.id).faults.push(...await faultsOf(world, operation, example));
    }
  }

  const failed = operations.filter(({ id }) => outcomes.get(id).faults.length > 0);
  t.diagnostic(`${operations.length - failed.length}/${operations.length} operations`);
  failed.forEach(({ id }) => t.diagnostic(`${id}: ${notYet[id] ?? outcomes.get(id).faults.join("; ")}`));

  assert.deepEqual(failed.filter(({ id }) => !(id in notYet)).map(({ id }) => `${id}: ${outcomes.get(id).faults.join("; ")}`), [], "operations that do not conform");
  assert.deepEqual(Object.keys(notYet).filter((id) => !failed.some((operation) => operation.id === id)), [], "operations that conform by now: take them off the list");
  assert.deepEqual(exceptions.filter((exception) => !met.has(exception)).map(({ path, reason }) => `${path}: ${reason}`), [], "exceptions that none of the answers needs");
});

test("every parameter of the specification is accepted and does what it should", { skip }, async (t) => {
  const world = new World(suite.server);
  const here = new Map();

  for (const operation of operations.filter(({ id }) => outcomes.get(id).faults.length === 0)) {
    for (const { name } of operation.parameters) {
      const its = probes[operation.id]?.parameters[name];
      outcomes.get(operation.id).parameters[name] = its ? await probe(world, probes[operation.id], name, its) : { problem: "is not probed" };
      here.set(`${operation.id} ${name}`, hereOf(operation, name, outcomes.get(operation.id)));
    }
  }

  const all = [...here.values()];
  t.diagnostic(`${all.filter((text) => text === "works").length}/${operations.flatMap(({ parameters }) => parameters).length} parameters work`);
  assert.deepEqual([...here].filter(([, text]) => text.startsWith("unknown")).map(([name, text]) => `${name}: ${text}`), [], "parameters of which nothing is known");
  const used = (table) => table.filter(([whose, parameter]) => ![...here.keys()].some((key) => whose.test(key.split(" ")[0]) && parameter.test(key.split(" ")[1])));
  assert.deepEqual([...used(differs), ...used(notThere)], [], "departures of no parameter");
});

test("docs/compatibility.md says what the server does", { skip }, () => {
  const written = compatibilityPage(operations, outcomes);
  if (process.env.COUNTERSIGN_WRITE_COMPATIBILITY) {
    writeFileSync(page, written);
  }

  assert.equal(readFileSync(page, "utf8"), written,
    "The page is not what the tests found. Write it anew: COUNTERSIGN_WRITE_COMPATIBILITY=1 node --test tests/clients/conformance.test.mjs");
});

if (!skip) {
  nothingLeaks(suite);
}
