// Verifications, checks and attempts; the rest is in drivers.mjs.
import { asClientNames } from "./recorder.mjs";

// The examples send at once what excludes each other, or what must be there before: our own template, code and limit take their place.
function sendable({ CustomCode, CustomMessage, TemplateSid, TemplateCustomSubstitutions, ...rest }, to, channel) {
  return asClientNames({ ...rest, ...(rest.DeviceIp ? { DeviceIp: "192.0.2.1" } : {}), ...(channel ? { Channel: channel } : {}), To: to });
}

async function create(w, { name, request }) {
  const to = name === "createVerificationEmail" ? w.mailbox() : w.server.number();
  const service = await w.service(request.Channel === "sna" || request.Channel === "auto" ? { LookupEnabled: "true" } : {});
  if (request.RateLimits || name === "createVerificationRateLimitExceeded") {
    const limit = await w.made(() => service.rateLimits.create({ uniqueName: "my_rate_limit_key" }));
    await w.made(() => service.rateLimits(limit.sid).buckets.create({ max: 1, interval: 60 }));
  }

  if (name === "createVerificationRateLimitExceeded") {
    const rateLimits = "{\"my_rate_limit_key\":\"abc\"}";
    await w.made(() => service.verifications.create({ to: w.server.number(), channel: "sms", rateLimits }));
    return w.raw(() => service.verifications.create({ to, channel: "sms", rateLimits }));
  }

  return w.raw(() => service.verifications.create(sendable(request, to)));
}

async function check(w, { name, request }) {
  const channel = name === "emailVerificationChecks" ? "email" : name === "snaVerificationChecks" ? "sna" : "sms";
  const { Amount, Payee } = request;
  const { service, to, sid } = await w.verification({ Channel: channel, ...(Amount ? { Amount, Payee } : {}), ...(channel === "email" ? { To: w.mailbox() } : {}) });
  const code = await w.server.codeFor(to);
  return w.raw(() => service.verificationChecks.create({ ...asClientNames(request), to, verificationSid: sid, code }));
}

export const verificationDrivers = {
  CreateVerification: create,
  FetchVerification: async (w) => {
    const { service, sid } = await w.verification();
    return w.raw(() => service.verifications(sid).fetch());
  },
  UpdateVerification: async (w, { name, request }) => {
    const { service, sid, to } = await w.verification();
    return w.raw(() => service.verifications(name === "approveVerificationWithPn" ? to : sid).update(asClientNames(request)));
  },
  CreateVerificationCheck: check,
  ListVerificationAttempt: async (w, { name }) => {
    const { service, attempt } = await w.verification();
    await w.sent(attempt);
    // Of the account's attempts, those of a service that has none; and those of one that has one.
    const verifyServiceSid = (name === "listVerificationAttemptsEmpty" ? await w.service() : service)._solution.sid;
    return w.raw(() => w.v2.verificationAttempts.page({ verifyServiceSid, pageSize: 50 }));
  },
  FetchVerificationAttempt: async (w) => {
    const { attempt } = await w.verification();
    await w.sent(attempt);
    return w.raw(() => w.v2.verificationAttempts(attempt).fetch());
  },
  FetchVerificationAttemptsSummary: async (w) => {
    const { service, to, attempt } = await w.verification();
    await w.sent(attempt);
    await w.made(async () => service.verificationChecks.create({ to, code: await w.server.codeFor(to) }));
    return w.raw(() => w.v2.verificationAttemptsSummary().fetch());
  },
};
