// Probes of passkeys, whose bodies are JSON; what a probe is stands in probes.mjs.
import { assertion } from "./authenticator.mjs";
import { passkeySettings } from "./world.mjs";

const invalid = { refusal: [400, 60306] };
const path = (service, what) => `/v2/Services/${service._solution.sid}/Passkeys/${what}`;
const config = (more) => ({ relying_party: { id: "example.com", name: "Example", origins: ["https://example.com"] }, authenticator_attachment: "platform", ...more });

/** The members of a credential: the right one unless another stands among the values. Which words a browser signs is looked at with the signature, hence `unfit`. */
const credential = (unfit) => ({
  id: { good: "its own", shows: false, effect: done, wrong: "nonsense!", ...invalid },
  rawId: { good: "its own", shows: false, effect: done, wrong: "nonsense!", ...invalid },
  authenticatorAttachment: { good: "its own", shows: false },
  type: { good: "its own", shows: false, effect: done, wrong: "password", refusal: unfit },
  response: { good: "its own", shows: false, effect: done, wrong: {}, ...invalid },
});

async function done(w, { body }) {
  return body.status === "verified" || body.status === "approved";
}

const withOwn = (own, values) => Object.fromEntries(Object.entries({ ...own, ...values }).map(([name, value]) => [name, value === "its own" ? own[name] : value]));

export const passkeyProbes = {
  CreateNewFactorPasskey: {
    send: async (w, values) => w.post(path(await w.service(passkeySettings), "Factors"), { friendly_name: "key", identity: w.identity(), ...values }),
    parameters: {
      friendly_name: { good: "My key", wrong: "x".repeat(65), ...invalid },
      identity: { good: "person-with-a-key-01", wrong: "short", ...invalid },
      config: { good: config({ user_verification: "required" }), shows: false, effect: async (w, { body }) => body.config.user_verification === "required", wrong: config({ authenticator_attachment: "by wire" }), ...invalid },
    },
  },
  UpdatePasskeysFactor: {
    send: async (w, values) => {
      const { service, passkey } = await w.passkey({ verified: false });
      return w.post(path(service, "VerifyFactor"), withOwn(passkey.creation, values));
    },
    parameters: credential([403, 60311]),
  },
  CreateChallengePasskeys: {
    send: async (w, values) => {
      const { service, identity, factor } = await w.passkey();
      return w.post(path(service, "Challenges"), withOwn({ identity, ...("factor_sid" in values ? { factor_sid: factor.sid } : {}) }, values));
    },
    parameters: {
      identity: { good: "its own", shows: false, effect: async (w, { body }) => body.identity.startsWith("identity-"), wrong: "short", ...invalid },
      factor_sid: { good: "its own", shows: false, effect: async (w, { body }) => body.factor_sid.startsWith("YF"), wrong: "nonsense", ...invalid },
    },
  },
  UpdateChallengePasskeys: {
    send: async (w, values) => {
      const { service, identity, passkey } = await w.passkey();
      const { options } = await w.ok(w.post(path(service, "Challenges"), { identity }));
      return w.post(path(service, "ApproveChallenge"), withOwn(assertion(passkey, options.publicKey), values));
    },
    parameters: credential([403, 60324]),
  },
};
