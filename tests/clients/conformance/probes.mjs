// For each parameter of the specification: a value that is sent and what is seen of it, and a wrong value and how it is refused.
//
// An operation has a `send`, (world, values) => the raw answer of a request that is right but for `values`, and `parameters`, each a probe or several:
//   good     the value; (world) => value where it depends on what is there
//   shows    where the answer has it: true for the member of the same name (the default), a text for another path, false for nowhere
//   shown    what the answer has of it, where that is not the value itself
//   effect   (world, answer, value) => whether it is seen elsewhere, for what the answer does not show
//   wrong    a value that is refused, and `refusal`, [status, code] (400/60200 by default); the parameter is left out where `wrong` is null
//   more     what else has to be sent with it
import { attemptProbes } from "./attempt-probes.mjs";
import { factorProbes } from "./factor-probes.mjs";
import { passkeyProbes } from "./passkey-probes.mjs";
import { verificationProbes } from "./verification-probes.mjs";
import { page } from "./probe-kit.mjs";

const flag = { good: "true", wrong: "maybe" };
const sidOf = (prefix) => ({ good: `${prefix}${"1".repeat(32)}`, wrong: "nonsense" });
const text = (good, max) => ({ good, wrong: "x".repeat(max + 1) });
const choice = (good) => ({ good, wrong: "nonsense" });

const settings = {
  FriendlyName: text("Corner Shop", 30),
  CodeLength: { good: 8, wrong: 11 },
  LookupEnabled: flag,
  SkipSmsToLandlines: flag,
  DtmfInputRequired: { good: "false", wrong: "maybe" },
  TtsName: text("a-voice", 64),
  Psd2Enabled: flag,
  DoNotShareWarningEnabled: flag,
  CustomCodeEnabled: flag,
  "Push.IncludeDate": flag,
  "Push.ApnCredentialSid": sidOf("CR"),
  "Push.FcmCredentialSid": sidOf("CR"),
  "Totp.Issuer": text("Corner Shop Ltd", 64),
  "Totp.TimeStep": { good: 40, wrong: 19 },
  "Totp.CodeLength": { good: 8, wrong: 9 },
  "Totp.Skew": { good: 2, wrong: 3 },
  DefaultTemplateSid: { good: (w) => w.template(w.name("default")), wrong: `HJ${"0".repeat(32)}`, refusal: [404, 60228] },
  "Whatsapp.MsgServiceSid": sidOf("MG"),
  "Whatsapp.From": text("whatsapp:+14155550100", 64),
  "Passkeys.RelyingParty.Id": { good: "example.com", wrong: "localhost:3000" },
  "Passkeys.RelyingParty.Name": text("Example", 100),
  "Passkeys.RelyingParty.Origins": { good: "https://example.com,https://www.example.com", wrong: "https://example.com,http://example.com", shown: ["https://example.com", "https://www.example.com"] },
  "Passkeys.AuthenticatorAttachment": choice("cross-platform"),
  "Passkeys.DiscoverableCredentials": choice("required"),
  "Passkeys.UserVerification": choice("discouraged"),
  VerifyEventSubscriptionEnabled: flag,
};

const services = {
  CreateService: { send: (w, values) => w.post("/v2/Services", { FriendlyName: "probe", ...values }), parameters: settings },
  UpdateService: { send: async (w, values) => w.post(`/v2/Services/${(await w.service())._solution.sid}`, values), parameters: settings },
  ListService: { send: (w, values) => w.get("/v2/Services", values), parameters: page("services", (w) => w.service()) },
};

const limits = {
  CreateRateLimit: {
    send: async (w, values) => w.post(`${await w.servicePath()}/RateLimits`, { UniqueName: "visitor", ...values }),
    parameters: { UniqueName: { good: "by.address", wrong: "an ip!", refusal: [400, 60209] }, Description: text("by address", 256) },
  },
  UpdateRateLimit: { send: async (w, values) => w.post(await limit(w), values), parameters: { Description: text("another", 256) } },
  ListRateLimit: {
    send: (w, values) => w.get(`${w.shared}/RateLimits`, values),
    parameters: page("rate_limits", (w) => w.post(`${w.shared}/RateLimits`, { UniqueName: w.name("listed") })),
  },
  CreateBucket: {
    send: async (w, values) => w.post(`${await limit(w)}/Buckets`, { Max: 5, Interval: 60, ...values }),
    parameters: { Max: { good: 7, wrong: 0 }, Interval: { good: 90, wrong: "soon" } },
  },
  UpdateBucket: { send: async (w, values) => w.post(await bucket(w), values), parameters: { Max: { good: 7, wrong: 0 }, Interval: { good: 90, wrong: "soon" } } },
  ListBucket: {
    send: async (w, values) => w.get(`${await w.once("listed limit", limit)}/Buckets`, values),
    parameters: page("buckets", async (w) => w.post(`${await w.once("listed limit", limit)}/Buckets`, { Max: 5, Interval: w.number() })),
  },
};

async function limit(w) {
  const service = await w.servicePath();
  return `${service}/RateLimits/${(await w.ok(w.post(`${service}/RateLimits`, { UniqueName: "visitor" }))).sid}`;
}

async function bucket(w) {
  const its = await limit(w);
  return `${its}/Buckets/${(await w.ok(w.post(`${its}/Buckets`, { Max: 5, Interval: 60 }))).sid}`;
}

const pool = { good: (w) => w.pool(`MG${"5".repeat(32)}`), wrong: `MG${"0".repeat(32)}` };

const lists = {
  CreateMessagingConfiguration: {
    send: async (w, values) => w.post(`${await w.servicePath()}/MessagingConfigurations`, { Country: "CA", MessagingServiceSid: await w.pool(`MG${"6".repeat(32)}`), ...values }),
    parameters: { Country: { good: "GB", wrong: "XX" }, MessagingServiceSid: pool },
  },
  UpdateMessagingConfiguration: { send: async (w, values) => w.post(await configuration(w), values), parameters: { MessagingServiceSid: pool } },
  ListMessagingConfiguration: {
    send: (w, values) => w.get(`${w.shared}/MessagingConfigurations`, values),
    parameters: page("messaging_configurations", async (w) => w.post(`${w.shared}/MessagingConfigurations`,
      { Country: w.country(), MessagingServiceSid: await w.pool(`MG${"6".repeat(32)}`) })),
  },
  ListVerificationTemplate: {
    send: (w, values) => w.get("/v2/Templates", values),
    parameters: {
      FriendlyName: {
        good: async (w) => { const name = w.name("wanted"); await w.template(name); return name; },
        shows: false, effect: (w, { body }, value) => body.templates.length === 1 && body.templates[0].friendly_name === value,
      },
      ...page("templates", (w) => w.template(w.name("listed"))),
    },
  },
  CreateSafelist: { send: (w, values) => w.post("/v2/SafeList/Numbers", values), parameters: { PhoneNumber: { good: (w) => w.server.number(), wrong: "+1415" } } },
};

async function configuration(w) {
  const path = `${await w.servicePath()}/MessagingConfigurations`;
  await w.ok(w.post(path, { Country: "CA", MessagingServiceSid: await w.pool(`MG${"6".repeat(32)}`) }));
  return `${path}/CA`;
}

const hook = {
  FriendlyName: text("Another hook", 64),
  EventTypes: { good: ["challenge.approved", "factor.deleted"], wrong: "factor.forgotten", refusal: [400, 60306] },
  WebhookUrl: { good: "https://hooks.example.com/another", wrong: "hooks" },
  Status: choice("disabled"),
  Version: choice("v1"),
};
const newHook = { FriendlyName: "hook", EventTypes: "*", WebhookUrl: "https://hooks.example.com/one" };

const webhooks = {
  CreateWebhook: { send: async (w, values) => w.post(`${await w.servicePath()}/Webhooks`, { ...newHook, ...values }), parameters: hook },
  UpdateWebhook: {
    send: async (w, values) => {
      const path = `${await w.servicePath()}/Webhooks`;
      return w.post(`${path}/${(await w.ok(w.post(path, newHook))).sid}`, values);
    },
    parameters: hook,
  },
  ListWebhook: { send: (w, values) => w.get(`${w.shared}/Webhooks`, values), parameters: page("webhooks", (w) => w.post(`${w.shared}/Webhooks`, newHook)) },
};

export const probes = { ...services, ...verificationProbes, ...attemptProbes, ...limits, ...lists, ...webhooks, ...factorProbes, ...passkeyProbes };
