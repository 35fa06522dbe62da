// A start that has to show a little work first, through the unmodified Twilio client, solved by ALTCHA's own library and widget.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { solveChallenge } from "altcha-lib";
import { useBrowser, wide } from "./browser.mjs";
import { nothingLeaks, refusal, useServer } from "./suite.mjs";

const suite = useServer();
const onPage = useBrowser(suite);
const widget = readFileSync(createRequire(import.meta.url).resolve("altcha").replace(/altcha\.[a-z.]+$/, "altcha.umd.cjs"), "utf8");
const service = () => suite.server.client().verify.v2.services(suite.server.service);
const start = (to) => service().verifications.create({ to, channel: "sms" });

/** The same start with a parameter that the client has no name for, as its own request. */
const startWith = (to, Challenge) => suite.server.client().request({
  method: "POST",
  uri: `${suite.server.url}/v2/Services/${suite.server.service}/Verifications`,
  data: { To: to, Channel: "sms", Challenge },
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
});

/** A number that is always asked, with the least effort. Each test of its own server would have its own; here each ends with a check, and the next begins anew. */
const practice = () => suite.server.noteNumber("+19815550190");

const payloadOf = (challenge, number) => Buffer.from(JSON.stringify({
  algorithm: challenge.algorithm, challenge: challenge.challenge, number, salt: challenge.salt, signature: challenge.signature,
})).toString("base64");

/** What ALTCHA's solvers do, without their promises. */
function solve({ challenge, salt, maxnumber }) {
  for (let number = 0; number <= maxnumber; number++) {
    if (createHash("sha256").update(salt + number).digest("hex") === challenge) {
      return number;
    }
  }

  return assert.fail("the challenge has no solution");
}

async function finish(to, messages) {
  const code = await suite.server.codeFor(to, messages);
  const check = await service().verificationChecks.create({ to, code });
  assert.equal(check.status, "approved");
}

test("the client catches the error, altcha-lib solves it, and the same start goes on once the solution was handed in", async () => {
  const to = practice();
  const { details } = await refusal(start(to), 403, 60410);
  assert.deepEqual([details.reason, details.cause, details.expires_in], ["challenge_required", "practice_number", 600]);
  const { challenge } = details;
  assert.deepEqual(Object.keys(challenge), ["algorithm", "challenge", "maxnumber", "salt", "signature"]);

  const { number } = await solveChallenge(challenge.challenge, challenge.salt, challenge.algorithm, challenge.maxnumber).promise;
  const handedIn = await fetch(suite.server.url + details.solutions, {
    method: "POST", body: JSON.stringify({ payload: payloadOf(challenge, number) }), headers: { "Content-Type": "application/json" },
  });
  assert.equal(handedIn.status, 200);
  assert.equal((await handedIn.json()).verified, true);

  assert.equal((await start(to)).status, "pending");
  await finish(to, 1);
});

test("the client's own request sends the solution with the start, and a used one is refused with a fresh challenge", async () => {
  const to = practice();

  // The one repetition that the last test's solution is good for.
  await start(to);
  await finish(to, 2);
  const { details } = await refusal(start(to), 403, 60410);
  const payload = payloadOf(details.challenge, solve(details.challenge));
  const answers = [];
  for (let i = 0; i < 3; i++) {
    answers.push(await startWith(to, payload));
  }

  assert.deepEqual(answers.map(({ statusCode }) => statusCode), [201, 201, 403]);
  const { details: again } = typeof answers[2].body === "string" ? JSON.parse(answers[2].body) : answers[2].body;
  assert.deepEqual([again.reason, again.problem], ["challenge_required", "used"]);
  assert.notEqual(again.challenge.salt, details.challenge.salt);
  await finish(to, 4);
});

/** Has the widget solve a challenge on a page of the server's origin; what it says when it is done. */
const bySolvingWidget = (page, challenge, attributes) => page.evaluate(async ({ script, challenge, attributes }) => {
  document.body.innerHTML = "";
  if (!customElements.get("altcha-widget")) {
    document.head.append(Object.assign(document.createElement("script"), { textContent: script }));
    await customElements.whenDefined("altcha-widget");
  }

  const element = document.createElement("altcha-widget");
  for (const [name, value] of Object.entries({ ...attributes, challengejson: JSON.stringify(challenge), auto: "onload" })) {
    element.setAttribute(name, value);
  }

  const done = new Promise((resolve, reject) => {
    element.addEventListener("statechange", ({ detail }) => {
      if (detail.state === "verified") {
        resolve(detail.payload);
      } else if (["error", "expired"].includes(detail.state)) {
        reject(new Error(detail.state));
      }
    });
  });
  document.body.append(element);
  return done;
}, { script: widget, challenge, attributes });

onPage("ALTCHA's widget solves it, and hands it in by its verifyurl or gives the payload", wide, async (page, server) => {
  const to = server.noteNumber("+19815550191");
  const { details } = await refusal(start(to), 403, 60410);
  await page.goto(`${server.url}/health/live`);

  await bySolvingWidget(page, details.challenge, { verifyurl: details.solutions });
  assert.equal((await start(to)).status, "pending");
  assert.equal((await start(to)).status, "pending");
  const { details: again } = await refusal(start(to), 403, 60410);
  const payload = await bySolvingWidget(page, again.challenge, {});
  assert.equal((await startWith(to, payload)).statusCode, 201);
  await finish(to, 3);
}, [/404/]); // The page that it stands on has no icon.

nothingLeaks(suite);
