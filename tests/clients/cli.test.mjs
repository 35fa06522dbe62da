// The unmodified twilio-cli, as it is installed from npm.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { totp } from "./conformance/authenticator.mjs";
import { host, TwilioCli } from "./cli/twilio-cli.mjs";
import { nothingLeaks, otherThan, useServer } from "./suite.mjs";

const suite = useServer({ "Countersign:PublicUrl": `https://${host}` });
let cli;
before(async () => { cli = await TwilioCli.start(suite); });
after(() => cli?.stop());

test("a service is made, changed and listed", async () => {
  const [made] = await cli.json("services:create", "--friendly-name", "From the CLI", "--code-length", "8", "--lookup-enabled");
  assert.match(made.sid, /^VA[0-9a-f]{32}$/);
  assert.deepEqual([made.friendlyName, made.codeLength, made.lookupEnabled], ["From the CLI", 8, true]);

  const [updated] = await cli.json("services:update", "--sid", made.sid, "--no-lookup-enabled", "--totp.skew", "2");
  assert.deepEqual([updated.friendlyName, updated.lookupEnabled, updated.totp.skew], ["From the CLI", false, 2]);

  // The addresses of further pages are those of the host that the client knows.
  const listed = await cli.json("services:list", "--page-size", "1");
  assert.deepEqual(listed.map(({ sid }) => sid).sort(), [made.sid, suite.server.service].sort());
});

test("a code is sent and checked, and a person is told what came of it", async () => {
  const to = suite.server.number();
  const service = ["--service-sid", suite.server.service];

  const [started] = await cli.json("services:verifications:create", ...service, "--to", to, "--channel", "sms", "--tags", "{\"tenant\":\"7\"}");
  assert.deepEqual([started.to, started.status, started.valid], [to, "pending", false]);
  const code = await suite.server.codeFor(to);

  const wrong = await cli.run("services:verification-check:create", ...service, "--to", to, "--code", suite.server.noteCode(otherThan(code)));
  assert.equal(wrong.exitCode, 0, wrong.errors);
  assert.match(wrong.output, /^SID +To +Channel +Status +Valid +Date Created *$/m);
  assert.match(wrong.output, new RegExp(`^${started.sid} +\\${to} +sms +pending +false `, "m"));
  const [right] = await cli.json("services:verification-check:create", ...service, "--to", to, "--code", code);
  assert.deepEqual([right.sid, right.status, right.valid], [started.sid, "approved", true]);
});

test("a refusal is shown with its code, and ends the command with an error", async () => {
  const refused = await cli.run("services:verifications:fetch", "--service-sid", suite.server.service, "--sid", `VE${"0".repeat(32)}`);

  assert.notEqual(refused.exitCode, 0);
  assert.match(refused.errors, /Error code 20404 from Twilio: The requested resource \/Services\/VA[0-9a-f]{32}\/Verifications\/VE0{32} was not found\./);
});

test("a rate limit and its bucket are made, and removed", async () => {
  const service = ["--service-sid", suite.server.service];
  const [limit] = await cli.json("services:rate-limits:create", ...service, "--unique-name", "from-the-cli", "--description", "by address");
  const [bucket] = await cli.json("services:rate-limits:buckets:create", ...service, "--rate-limit-sid", limit.sid, "--max", "5", "--interval", "60");
  assert.deepEqual([limit.uniqueName, bucket.max, bucket.interval], ["from-the-cli", 5, 60]);

  // It takes nothing but 204 without a body for a removal.
  const removed = await cli.run("services:rate-limits:remove", ...service, "--sid", limit.sid);
  assert.equal(removed.exitCode, 0, removed.errors);
});

test("a person has a factor, which is verified by its code", async () => {
  const identity = "person-of-the-cli";
  const whose = ["--service-sid", suite.server.service, "--identity", identity];
  const [entity] = await cli.json("services:entities:create", ...whose);
  assert.equal(entity.identity, identity);

  const [factor] = await cli.json("services:entities:factors:create", ...whose, "--friendly-name", "phone", "--factor-type", "totp");
  assert.match(factor.sid, /^YF[0-9a-f]{32}$/);
  const [verified] = await cli.json("services:entities:factors:update", ...whose, "--sid", factor.sid, "--auth-payload", totp(factor.binding.secret));
  assert.equal(verified.status, "verified");
  const [listed] = await cli.json("services:entities:factors:list", ...whose);
  assert.deepEqual([listed.sid, listed.status, listed.factorType], [factor.sid, "verified", "totp"]);
});

test("it was asked nothing of anybody else", () => assert.deepEqual(cli.strays, []));

nothingLeaks(suite);
