// Twilio's published specification of Verify v2, and the example of each of its operations.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../server.mjs";

// It is not ours to distribute: where it does not lie beside the repository the tests that need it are skipped.
const folder = process.env.COUNTERSIGN_TWILIO_SPEC ?? join(repository, "../shared/twilio");
const [specification, examples] = ["verify_v2.json", "verify_v2_examples.json"]
  .map((name) => join(folder, name))
  .map((path) => existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined);

/** Why a test is skipped, or false. */
export const skip = specification && examples ? false : "Twilio's specification does not lie beside the repository";

const exampleOf = new Map((examples ?? []).map((entry) => [entry.op, entry]));

/**
 * Every operation: `id`, `method`, `path`, `section` (the resource), `parameters` (those of the query and of the body, as { name, in, required, schema }),
 * and `examples`, each with its `name`, `request`, `status` and `response`.
 */
export const operations = skip ? [] : Object.entries(specification.paths).flatMap(([path, item]) =>
  ["post", "get", "delete"].filter((method) => item[method]).map((method) => read(path, method, item[method])));

function read(path, method, { operationId, description, parameters = [], requestBody }) {
  const [contentType, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const body = resolved(content?.schema) ?? {};
  const { requests = {}, responses } = exampleOf.get(operationId);
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    description,
    json: contentType === "application/json",
    parameters: [
      ...parameters.filter((parameter) => parameter.in === "query").map(({ name, required = false, schema }) => ({ name, in: "query", required, schema })),
      ...Object.entries(body.properties ?? {}).map(([name, schema]) => ({ name, in: "body", required: (body.required ?? []).includes(name), schema })),
    ],
    examples: Object.entries(responses).flatMap(([status, named]) => Object.entries(named)
      .map(([name, response]) => ({ name, status: Number(status), request: requests[name]?.value ?? {}, response: name === "_desc" ? null : response }))),
  };
}

function resolved(schema) {
  return schema?.$ref ? specification.components.schemas[schema.$ref.split("/").at(-1)] : schema;
}
