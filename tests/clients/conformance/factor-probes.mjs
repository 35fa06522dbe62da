// Probes of entities, factors, challenges, notifications and access tokens; what a probe is stands in probes.mjs.
import { newKeyPair } from "./authenticator.mjs";
import { page } from "./probe-kit.mjs";

// What is wrong with a parameter of these has a number of its own.
const invalid = { refusal: [400, 60306] };
const text = (good, max) => ({ good, wrong: "x".repeat(max + 1), ...invalid });
const number = (good, wrong) => ({ good, wrong, ...invalid });
const token = "another-device-token-of-at-least-32-characters";

const pathOf = ({ service, identity }) => `/v2/Services/${service._solution.sid}/Entities/${identity}`;
const person = async (w) => pathOf(await w.entity());
const listed = (w) => w.once("person", person);

const push = () => ({
  FriendlyName: "phone", FactorType: "push", "Binding.Alg": "ES256", "Binding.PublicKey": newKeyPair().spki, "Config.AppId": "com.example.myapp", "Config.NotificationPlatform": "fcm",
  "Config.NotificationToken": "a-device-token-of-at-least-32-characters",
});
// A token alone is one of the platform that the factor has.
const reached = { "config.notificationPlatform": "fcm", "config.notificationToken": "a-device-token-of-at-least-32-characters" };
const pushProbe = (probe) => ({ more: { like: "push" }, ...probe });

const entities = {
  CreateEntity: {
    send: async (w, values) => w.post(`${await w.servicePath()}/Entities`, values),
    parameters: { Identity: { good: "Person-of-a-probe-1", wrong: "short", ...invalid } },
  },
  ListEntity: { send: (w, values) => w.get(`${w.shared}/Entities`, values), parameters: page("entities", (w) => w.post(`${w.shared}/Entities`, { Identity: w.identity() }), invalid) },
};

const factors = {
  CreateNewFactor: {
    send: async (w, { like, ...values }) => w.post(`${await person(w)}/Factors`, { ...(like === "push" ? push() : { FriendlyName: "app", FactorType: "totp" }), ...values }),
    parameters: {
      FriendlyName: text("My phone", 64),
      FactorType: { good: "totp", wrong: "magic", refusal: [400, 60369] },
      "Binding.Alg": pushProbe({ good: "ES256", wrong: "RS256", refusal: [400, 60314] }),
      "Binding.PublicKey": pushProbe({ good: () => newKeyPair().spki, wrong: "dGVzdF9rZXk=", refusal: [400, 60314] }),
      "Config.AppId": pushProbe(text("com.example.other", 100)),
      "Config.NotificationPlatform": pushProbe({ good: "apn", wrong: "smoke", ...invalid }),
      "Config.NotificationToken": pushProbe({ good: token, wrong: "short", ...invalid }),
      "Config.SdkVersion": pushProbe(text("2.1", 100)),
      "Binding.Secret": { good: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", wrong: "not base32!", ...invalid },
      "Config.TimeStep": number(40, 19),
      "Config.Skew": number(2, 3),
      "Config.CodeLength": number(8, 9),
      "Config.Alg": { good: "sha256", wrong: "md5", ...invalid },
      Metadata: { good: "{\"os\":\"Android\"}", shown: { os: "Android" }, wrong: "os=Android", ...invalid },
    },
  },
  UpdateFactor: {
    // A factor that is not verified yet.
    send: async (w, { like, ...values }) => {
      const made = like === "push" ? await w.pushFactor({ verified: false, more: reached }) : await w.totpFactor({ verified: false });
      const own = values.AuthPayload === "its own" ? { AuthPayload: like === "push" ? made.sign(made.factor.sid) : made.code() } : {};
      return w.post(`${pathOf(made)}/Factors/${made.factor.sid}`, { ...values, ...own });
    },
    parameters: {
      AuthPayload: { good: "its own", shows: false, effect: async (w, { body }) => body.status === "verified", wrong: "12", ...invalid },
      FriendlyName: text("My phone", 64),
      "Config.NotificationToken": pushProbe({ good: token, wrong: "short", ...invalid }),
      "Config.SdkVersion": pushProbe(text("2.1", 100)),
      "Config.TimeStep": number(40, 19),
      "Config.Skew": number(2, 3),
      "Config.CodeLength": number(8, 9),
      "Config.Alg": { good: "sha256", wrong: "md5", ...invalid },
      "Config.NotificationPlatform": pushProbe({ good: "none", wrong: "smoke", ...invalid }),
    },
  },
  ListFactor: {
    send: async (w, values) => w.get(`${await listed(w)}/Factors`, values),
    parameters: page("factors", async (w) => w.post(`${await listed(w)}/Factors`, { FriendlyName: w.name("app"), FactorType: "totp" }), invalid),
  },
};

const later = () => `${new Date(Date.now() + 1_200_000).toISOString().slice(0, 19)}Z`;

/** A person with a push factor and three challenges: one is answered. */
const answered = (w) => w.once("challenges", async () => {
  const made = await w.pushFactor();
  const path = pathOf(made);
  const challenge = () => w.ok(w.post(`${path}/Challenges`, { FactorSid: made.factor.sid, "Details.Message": "Is it you?" }));
  const first = await challenge();
  await w.ok(w.post(`${path}/Challenges/${first.sid}`, { AuthPayload: w.pushAnswer(first, made) }));
  await challenge();
  return { ...made, path, challenge, first: first.sid };
});

const challenges = {
  CreateChallenge: {
    send: async (w, values) => {
      const made = values.AuthPayload === undefined ? await w.pushFactor() : await w.totpFactor();
      const own = values.AuthPayload === "its own" ? { AuthPayload: made.next() } : {};
      const factor = values.FactorSid === "its own" ? {} : { FactorSid: values.FactorSid };
      return w.post(`${pathOf(made)}/Challenges`, { "Details.Message": "Is it you?", ...values, FactorSid: made.factor.sid, ...(values.FactorSid ? factor : {}), ...own });
    },
    parameters: {
      FactorSid: { good: "its own", shows: false, effect: async (w, { body }) => body.factor_sid.startsWith("YF"), wrong: "nonsense", ...invalid },
      ExpirationDate: { good: later, wrong: "tomorrow", ...invalid },
      "Details.Message": text("Do you sign in?", 256),
      "Details.Fields": { good: "{\"label\":\"City\",\"value\":\"Lyon\"}", shown: [{ label: "City", value: "Lyon" }], wrong: "City: Lyon", ...invalid },
      HiddenDetails: { good: "{\"ip\":\"192.0.2.1\"}", shown: { ip: "192.0.2.1" }, wrong: "ip=192.0.2.1", ...invalid },
      AuthPayload: { good: "its own", shows: false, effect: async (w, { body }) => body.status === "approved", wrong: "1", ...invalid },
    },
  },
  UpdateChallenge: {
    send: async (w, values) => {
      const made = await w.pushFactor();
      const challenge = await w.ok(w.post(`${pathOf(made)}/Challenges`, { FactorSid: made.factor.sid, "Details.Message": "Is it you?" }));
      return w.post(`${pathOf(made)}/Challenges/${challenge.sid}`, { AuthPayload: w.pushAnswer(challenge, made), ...(values.AuthPayload === "its own" ? {} : values) });
    },
    parameters: {
      AuthPayload: { good: "its own", shows: false, effect: async (w, { body }) => body.status === "approved", wrong: "nonsense", refusal: [403, 60324] },
      Metadata: { good: "{\"os\":\"Android\"}", shown: { os: "Android" }, wrong: "os=Android", ...invalid },
    },
  },
  ListChallenge: {
    send: async (w, values) => w.get(`${(await answered(w)).path}/Challenges`, values),
    parameters: {
      FactorSid: { good: async (w) => (await answered(w)).factor.sid, shows: "challenges.0.factor_sid", wrong: "nonsense", ...invalid },
      Status: { good: "approved", shows: false, effect: async (w, { body }) => body.challenges.length === 1 && body.challenges[0].status === "approved", wrong: "lost", ...invalid },
      Order: { good: "desc", shows: false, effect: async (w, { body }) => body.challenges.at(-1).sid === (await answered(w)).first, wrong: "sideways", ...invalid },
      ...page("challenges", async (w) => (await answered(w)).challenge(), invalid),
    },
  },
  CreateNotification: {
    send: async (w, values) => {
      const made = await w.pushFactor({ more: { "config.notificationPlatform": "fcm", "config.notificationToken": token } });
      const { sid } = await w.ok(w.post(`${pathOf(made)}/Challenges`, { FactorSid: made.factor.sid, "Details.Message": "Is it you?" }));
      return w.post(`${pathOf(made)}/Challenges/${sid}/Notifications`, values);
    },
    parameters: { Ttl: number(150, 301) },
  },
};

const tokenInvalid = { refusal: [400, 60305] };

const tokens = {
  CreateAccessToken: {
    send: async (w, values) => {
      const { service, identity } = await w.entity();
      return w.post(`/v2/Services/${service._solution.sid}/AccessTokens`, { Identity: identity, FactorType: "push", FactorFriendlyName: "phone", ...values });
    },
    parameters: {
      Identity: { good: "person-with-a-token-1", shows: "entity_identity", wrong: "short", ...tokenInvalid },
      FactorType: { good: "push", wrong: "magic", ...tokenInvalid },
      FactorFriendlyName: { good: "My phone", wrong: "x".repeat(65), ...tokenInvalid },
      Ttl: { good: 120, wrong: 301, ...tokenInvalid },
    },
  },
};

export const factorProbes = { ...entities, ...factors, ...challenges, ...tokens };
