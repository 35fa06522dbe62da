// Probes of passkeys, whose bodies are JSON; what a probe is stands in probes.mjs.
import { assertion } from "./authenticator.mjs";
import { passkeySettings } from "./world.mjs";

const path = (service, what) => `/v2/Services/${service._solution.sid}/Passkeys/${what}`;
const config = (more) => ({ relying_party: { id: "example.com", name: "Example", origins: ["https://example.com"] }, authenticator_attachment: "platform", ...more });

/** The members of a credential: the right one unless another stands among the values. */
const credential = (wrongId) => ({
  id: { good: "its own", shows: false, effect: done, wrong: "nonsense!", refusal: wrongId.id },
  rawId: { good: "its own", shows: false, effect: done, wrong: "nonsense!", refusal: wrongId.rawId },
  authenticatorAttachment: { good: "its own", shows: false, effect: done, wrong: "by-wire", refusal: wrongId.attachment },
  type: { good: "its own", shows: false, effect: done, wrong: "password", refusal: wrongId.type },
  response: { good: "its own", shows: false, effect: done, wrong: {}, refusal: wrongId.response },
});

async function done(w, { body }) {
  return body.status === "verified" || body.status === "approved";
}

const withOwn = (own, values) => Object.fromEntries(Object.entries({ ...own, ...values }).map(([name, value]) => [name, value === "its own" ? own[name] : value]));

export const passkeyProbes = {
  CreateNewFactorPasskey: {
    send: async (w, values) => w.post(path(await w.service(passkeySettings), "Factors"), { friendly_name: "key", identity: w.identity(), ...values }),
    parameters: {
      friendly_name: { good: "My key", wrong: "x".repeat(65), refusal: [400, 60388] },
      identity: { good: "person-with-a-key-01", wrong: "short", refusal: [400, 60366] },
      config: { good: config({ user_verification: "required" }), shows: false, effect: async (w, { body }) => body.config.user_verification === "required", wrong: "nonsense", refusal: [400, 60370] },
    },
  },
  UpdatePasskeysFactor: {
    send: async (w, values) => {
      const { service, passkey } = await w.passkey({ verified: false });
      return w.post(path(service, "VerifyFactor"), withOwn(passkey.creation, values));
    },
    parameters: credential({ id: [400, 60375], rawId: [400, 60376], attachment: [400, 60377], type: [400, 60378], response: [400, 60378] }),
  },
  CreateChallengePasskeys: {
    send: async (w, values) => {
      const { service, identity, factor } = await w.passkey();
      return w.post(path(service, "Challenges"), withOwn({ identity, ...("factor_sid" in values ? { factor_sid: factor.sid } : {}) }, values));
    },
    parameters: {
      identity: { good: "its own", shows: false, effect: async (w, { body }) => body.identity.startsWith("identity-"), wrong: "short", refusal: [400, 60366] },
      factor_sid: { good: "its own", shows: false, effect: async (w, { body }) => body.factor_sid.startsWith("YF"), wrong: "nonsense", refusal: [400, 60363] },
    },
  },
  UpdateChallengePasskeys: {
    send: async (w, values) => {
      const { service, identity, passkey } = await w.passkey();
      const { options } = await w.ok(w.post(path(service, "Challenges"), { identity }));
      return w.post(path(service, "ApproveChallenge"), withOwn(assertion(passkey, options.publicKey), values));
    },
    parameters: credential({ id: [400, 60375], rawId: [400, 60376], attachment: [400, 60377], type: [400, 60378], response: [400, 60378] }),
  },
};
