// Writes docs/compatibility.md from what was asked of the server and what it answered. "works" is written for nothing else.
import { differs, notThere } from "./departures.mjs";
import { leftOut, notYet, exceptions } from "./exceptions.mjs";

const head = `# Compatibility

Every operation of Twilio's Verify v2 API and every parameter of their queries and bodies, beside what this server does with it.

This page is written by a test (\`tests/clients/conformance.test.mjs\`), from Twilio's published specification and from what the server answered. An operation *works* if its answers, asked for with the
unmodified SDK, have the status, keys, types and nulls of the specification's own examples. A parameter *works* if it was sent, was accepted, and was seen: in the answer, in what came of it, or in the
refusal of a wrong value. Where something *differs* or is *not there*, the reason is given. What else differs from Twilio is in [api.md](api.md).
`;

/**
 * The page. `outcomes` has, for each operation, its { faults, parameters }, the latter by name as `probe` gives them.
 */
export function compatibilityPage(operations, outcomes) {
  const works = operations.filter(({ id }) => outcomes.get(id).faults.length === 0).length;
  const parameters = operations.flatMap((operation) => operation.parameters.map(({ name }) => hereOf(operation, name, outcomes.get(operation.id))));
  const count = (word) => parameters.filter((here) => here.startsWith(word)).length;
  const sections = new Map(operations.toSorted((a, b) => placeOf(a) - placeOf(b)).map((operation) => [resourceOf(operation), operations.filter((other) => resourceOf(other) === resourceOf(operation))]));
  return [
    head,
    `${works} of ${operations.length} operations work. Of ${parameters.length} parameters ${count("works")} work, ${count("differs")} differ and ${count("not there")} are not there.\n`,
    "## Operations that differ in something\n",
    "| Operation | Where | How |\n|---|---|---|",
    ...departures(operations),
    "",
    ...[...sections].flatMap(([resource, its]) => [`## ${resource}\n`, ...its.flatMap((operation) => ofOperation(operation, outcomes.get(operation.id)))]),
  ].join("\n").trimEnd() + "\n";
}

/** What most readers look for comes first; the rest as the specification has it. */
function placeOf(operation) {
  const place = ["Services", "Verifications", "VerificationCheck", "Templates", "RateLimits", "RateLimits / Buckets"].indexOf(resourceOf(operation));
  return place < 0 ? 100 : place;
}

function resourceOf({ path }) {
  return path.split("/").filter((part) => part !== "" && part !== "v2" && !part.startsWith("{")).join(" / ").replace(/^Services \/ /, "").replace(/^Attempts \/ Summary$/, "Attempts")
    .replace(/^SafeList \/ Numbers$/, "Safe list").replace(/^Passkeys \/ .*$/, "Passkeys");
}

function departures(operations) {
  const all = [
    ...exceptions.map(({ operations: whose, path, reason }) => ({ ids: operations.map(({ id }) => id).filter((id) => whose.test(id)), path: `\`${path}\``, reason })),
    ...Object.entries(leftOut).map(([example, reason]) => ({ ids: [example.split(" ")[0]], path: `example \`${example.split(" ")[1]}\``, reason })),
  ];
  const unique = (values) => [...new Set(values)].join(", ");
  return [...new Set(all.map(({ reason }) => reason))].map((reason) => {
    const its = all.filter((departure) => departure.reason === reason);
    return `| ${unique(its.flatMap(({ ids }) => ids))} | ${unique(its.map(({ path }) => path))} | ${cell(reason)} |`;
  });
}

function ofOperation(operation, outcome) {
  const here = outcome.faults.length === 0 ? "works" : `not there: ${notYet[operation.id]}`;
  const lines = [`**${operation.id}** \`${operation.method} ${operation.path}\`: ${here}\n`];
  if (outcome.faults.length > 0 || operation.parameters.length === 0) {
    return lines;
  }

  return [
    ...lines, "| Parameter | Here | Seen |\n|---|---|---|",
    ...operation.parameters.map(({ name, required }) => {
      const { accepted, seen, refused } = outcome.parameters[name];
      return `| \`${name}\`${required ? ", required" : ""} | ${cell(hereOf(operation, name, outcome))} | ${[seen ?? accepted, refused].filter(Boolean).join("; ")} |`;
    }),
    "",
  ];
}

/** What stands beside a parameter. */
export function hereOf({ id }, name, outcome) {
  if (outcome.faults.length > 0) {
    return "not there: nor is the operation";
  }

  const find = (table) => table.find(([operations, parameter]) => operations.test(id) && parameter.test(name))?.[2];
  const gone = find(notThere), other = find(differs);
  const { accepted, seen, refused, problem } = outcome.parameters[name] ?? { problem: "was not sent" };
  return problem ? `unknown: ${problem}` : gone ? `not there: ${gone}` : other ? `differs: ${other}` : accepted && (seen || refused) ? "works" : "unknown: was accepted, and nothing came of it";
}

function cell(text) {
  return text.replaceAll("|", "\\|");
}
