// Probes of attempts and of their summary; what a probe is stands in probes.mjs.
import { page } from "./probe-kit.mjs";

const hour = 3_600_000;
const moment = (ago) => `${new Date(Date.now() - ago).toISOString().slice(0, 19)}Z`;

/** One verification, sent once, of a service of its own. */
const sent = (w) => w.once("attempt", async () => {
  const verification = await w.verification();
  await w.sent(verification.attempt);
  return { ...verification, service: verification.service._solution.sid };
});

async function sendOne(w) {
  await w.sent((await w.verification()).attempt);
}

/** Every one listed is like this, and there is one. */
const all = (test) => ({ shows: false, effect: async (w, { body }) => body.attempts.length > 0 && body.attempts.every(test) });
const none = (list) => ({ shows: false, effect: async (w, { body }) => list ? body.attempts.length === 0 : body.total_attempts === 0 && body.conversion_rate_percentage === null });
const some = { shows: false, effect: async (w, { body }) => body.total_attempts > 0 };

export const attemptProbes = {
  ListVerificationAttempt: {
    send: async (w, values) => { await sent(w); return w.get("/v2/Attempts", values); },
    parameters: {
      DateCreatedAfter: { good: () => moment(hour), ...all(({ date_created: date }) => Date.parse(date) >= Date.now() - hour), wrong: "yesterday" },
      DateCreatedBefore: { good: () => moment(hour), ...none(true), wrong: "yesterday" },
      "ChannelData.To": { good: async (w) => (await sent(w)).to, shows: "attempts.0.channel_data.to", wrong: "+1415" },
      Country: { good: "US", ...all(({ channel_data: data }) => data.country === "US"), wrong: "XX" },
      Channel: { good: "sms", ...all(({ channel }) => channel === "sms"), wrong: "pigeon" },
      VerifyServiceSid: { good: async (w) => (await sent(w)).service, shows: "attempts.0.service_sid", wrong: "nonsense" },
      VerificationSid: { good: async (w) => (await sent(w)).sid, shows: "attempts.0.verification_sid", wrong: "nonsense" },
      Status: { good: "unconverted", ...all(({ conversion_status: status }) => status === "unconverted"), wrong: "lost" },
      ...page("attempts", sendOne, { leadsBack: false }),
    },
  },
  FetchVerificationAttemptsSummary: {
    send: async (w, values) => { await sent(w); return w.get("/v2/Attempts/Summary", values); },
    parameters: {
      VerifyServiceSid: { good: async (w) => (await sent(w)).service, shows: false, effect: async (w, { body }) => body.total_attempts === 1, wrong: "nonsense" },
      DateCreatedAfter: { good: () => moment(hour), ...some, wrong: "yesterday" },
      DateCreatedBefore: { good: () => moment(hour), ...none(false), wrong: "yesterday" },
      Country: { good: "JP", ...none(false), wrong: "XX" },
      Channel: { good: "rbm", ...none(false), wrong: "pigeon" },
      DestinationPrefix: { good: "+4670", ...none(false), wrong: "prefix" },
    },
  },
};
