// A developer who has just started a verification looks at the virtual phone: the message must be there already.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useServer } from "./suite.mjs";

const runs = 20;
const suite = useServer();

test("a message is on the virtual phone within 100 ms of the answer", async (context) => {
  const { server } = suite;
  const service = server.client().verify.v2.services(server.service);
  await service.verifications.create({ to: server.number(), channel: "sms" });

  const times = [];
  for (let run = 0; run < runs; run++) {
    const to = server.number();
    await service.verifications.create({ to, channel: "sms" });
    const answered = performance.now();
    await server.messageTo(to);
    times.push(performance.now() - answered);
  }

  times.sort((a, b) => a - b);
  const median = times[runs / 2];
  context.diagnostic(`median ${median.toFixed(1)} ms, longest ${times.at(-1).toFixed(1)} ms over ${runs} messages`);
  assert.ok(median < 100, `median ${median.toFixed(1)} ms`);
});
