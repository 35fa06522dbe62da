// Probes of verifications and checks; what a probe is stands in probes.mjs.

/** The text that the person was sent, read when it has come. */
async function said(w, { body }) {
  return (await w.server.messageTo(body.to)).body;
}

const start = async (w, { service, ...values }) => w.post(`${service ?? await w.servicePath()}/Verifications`, { To: w.server.number(), Channel: "sms", ...values });

const customCode = "246813";

const started = {
  send: start,
  parameters: {
    To: { good: (w) => w.server.number(), wrong: "+1415" },
    Channel: { good: "whatsapp", wrong: "pigeon" },
    CustomFriendlyName: { good: "Corner Shop", shows: false, effect: async (w, answer) => (await said(w, answer)).includes("Corner Shop"), wrong: "x".repeat(31) },
    CustomMessage: {
      good: async (w) => { await w.template(w.name("custom"), { texts: { en: "{{code}} opens the corner shop" } }); return "{{code}} opens the corner shop"; },
      shows: false, effect: async (w, answer) => /^\d+ opens the corner shop$/.test(await said(w, answer)), wrong: "Something else", refusal: [400, 60409],
    },
    SendDigits: { good: "ww1", more: { Channel: "call" }, shows: false, wrong: "press one" },
    Locale: { good: "de", shows: false, effect: async (w, answer) => !(await said(w, answer)).startsWith("Your "), wrong: "xx", refusal: [404, 20404] },
    CustomCode: {
      good: customCode, more: { service: (w) => w.servicePath({ CustomCodeEnabled: "true" }) }, shows: false,
      effect: async (w, { body }) => await w.server.codeFor(body.to) === w.server.noteCode(customCode), wrong: "123",
    },
    Amount: { good: "EUR 39.99", more: { Payee: "Acme" }, wrong: "x".repeat(101) },
    Payee: { good: "Acme Inc.", more: { Amount: "EUR 39.99" }, wrong: "x".repeat(101) },
    RateLimits: {
      good: "{\"visitor\":\"a\"}", more: { service: limitedService }, shows: false,
      effect: async (w, { body }, value) => (await start(w, { service: `/v2/Services/${body.service_sid}`, RateLimits: value })).status === 429, wrong: "visitor=a",
    },
    ChannelConfiguration: { good: "{\"from\":\"shop@example.com\"}", more: { Channel: "email", To: (w) => w.mailbox() }, shows: false, wrong: "[]" },
    AppHash: { good: "FA+9qCX9VSu", shows: false, effect: async (w, answer) => /^<#> [\s\S]*FA\+9qCX9VSu$/.test(await said(w, answer)), wrong: "short" },
    TemplateSid: {
      good: (w) => w.template(w.name("own"), { texts: { en: "{{code}} is the code of the template" } }), shows: false,
      effect: async (w, answer) => (await said(w, answer)).endsWith("is the code of the template"), wrong: `HJ${"0".repeat(32)}`, refusal: [404, 60228],
    },
    TemplateCustomSubstitutions: {
      good: "{\"user\":\"Ann\"}", more: { TemplateSid: (w) => w.template(w.name("gaps"), { texts: { en: "{{code}} is for {{user}}" } }) }, shows: false,
      effect: async (w, answer) => (await said(w, answer)).endsWith("is for Ann"), wrong: "user=Ann",
    },
    DeviceIp: { good: "192.0.2.1", shows: false, wrong: "999.0.0.1" },
    EnableSnaClientToken: { good: "true", shows: false, wrong: "maybe" },
    RiskCheck: { good: "disable", shows: false, wrong: "maybe" },
    Tags: { good: "{\"tenant\":\"7\"}", shows: false, wrong: "tenant=7" },
  },
};

async function limitedService(w) {
  const service = await w.servicePath();
  const { sid } = await w.ok(w.post(`${service}/RateLimits`, { UniqueName: "visitor" }));
  await w.ok(w.post(`${service}/RateLimits/${sid}/Buckets`, { Max: 1, Interval: 60 }));
  return service;
}

/** A check of a verification of its own, with the right code unless another is among the values. */
async function check(w, { payment, ...values }) {
  const { service, to, sid } = await w.verification(payment ?? {});
  const right = { Code: await w.server.codeFor(to), ...(payment ?? {}), ...("VerificationSid" in values ? { VerificationSid: sid } : { To: to }) };
  const given = Object.fromEntries(Object.entries({ ...right, ...values }).map(([name, value]) => [name, value === "its own" ? { To: to, VerificationSid: sid, Code: right.Code }[name] : value]));
  return w.post(`/v2/Services/${service._solution.sid}/VerificationCheck`, given);
}

const approved = (w, { body }) => body.status === "approved" && body.valid === true;
const payment = { Amount: "EUR 39.99", Payee: "Acme Inc." };

export const verificationProbes = {
  CreateVerification: started,
  UpdateVerification: {
    send: async (w, values) => {
      const { service, sid } = await w.verification();
      return w.post(`/v2/Services/${service._solution.sid}/Verifications/${sid}`, values);
    },
    parameters: { Status: { good: "canceled", wrong: "expired" } },
  },
  CreateVerificationCheck: {
    send: check,
    parameters: {
      Code: { good: "its own", shows: false, effect: approved, wrong: "123" },
      To: { good: "its own", shows: false, effect: approved, wrong: "+1415" },
      VerificationSid: { good: "its own", shows: false, effect: approved, wrong: "nonsense" },
      Amount: { good: payment.Amount, more: { payment }, effect: approved, wrong: "x".repeat(101) },
      Payee: { good: payment.Payee, more: { payment }, effect: approved, wrong: "x".repeat(101) },
      SnaClientToken: { good: "token", shows: false },
    },
  },
};
