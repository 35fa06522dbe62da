// How each operation of the specification is asked for with the client, once for each of its examples. A driver is (world, example) => the raw answer.
import { assertion } from "./authenticator.mjs";
import { asClientNames } from "./recorder.mjs";
import { verificationDrivers } from "./verification-drivers.mjs";
import { passkeySettings } from "./world.mjs";

const page = { pageSize: 50 };

/** The parameters that make a service like the one in an example's answer. */
export function settingsOf(service) {
  const computed = new Set(["sid", "account_sid", "date_created", "date_updated", "url", "links", "default_template_sid"]);
  const fields = (object, prefix) => Object.entries(object).flatMap(([key, value]) => {
    const name = prefix + key.split("_").map((word) => word[0].toUpperCase() + word.slice(1)).join("");
    return value === null || computed.has(key) ? []
      : Array.isArray(value) ? [[name, value.join(",")]]
        : typeof value === "object" ? fields(value, `${name}.`) : [[name, String(value)]];
  });
  return Object.fromEntries(fields(service, ""));
}

// The example's template is none of ours: one that is takes its place.
async function likeService(world, response, request = {}) {
  const settings = { ...settingsOf(response), ...request };
  if (settings["Passkeys.RelyingParty.Origins"]) {
    // The example's are hosts, and one of them is not the relying party's: no browser would take that.
    settings["Passkeys.RelyingParty.Id"] = "mydomain.com";
    settings["Passkeys.RelyingParty.Origins"] = "https://www.mydomain.com,https://www.login.mydomain.com";
  }

  return response.default_template_sid ? { ...settings, DefaultTemplateSid: await world.template(world.name("service")) } : settings;
}

const services = {
  CreateService: async (w, { request, response }) => {
    const settings = await likeService(w, response, request);
    return w.raw(() => w.v2.services.create(asClientNames(settings)));
  },
  FetchService: async (w, { response }) => {
    const service = await w.service(await likeService(w, response));
    return w.raw(() => service.fetch());
  },
  UpdateService: async (w, { request, response }) => {
    const service = await w.service({ FriendlyName: "before" });
    const settings = await likeService(w, response, request);
    return w.raw(() => service.update(asClientNames(settings)));
  },
  // The newest first; the others of the account are none of the example's.
  ListService: async (w, { response }) => {
    const made = [];
    for (const like of response.services) {
      made.push((await w.made(async () => w.v2.services.create(asClientNames(await likeService(w, like))))).sid);
    }

    return only(await w.raw(() => w.v2.services.page(page)), "services", ({ sid }) => made.includes(sid));
  },
  DeleteService: async (w) => {
    const service = await w.service();
    return w.raw(() => service.remove());
  },
};

function only(answer, list, wanted) {
  return { ...answer, body: { ...answer.body, [list]: answer.body[list]?.filter(wanted) } };
}

const limits = {
  CreateRateLimit: async (w, { request }) => {
    const service = await w.service();
    return w.raw(() => service.rateLimits.create(asClientNames(request)));
  },
  FetchRateLimit: async (w) => {
    const { limit } = await limited(w);
    return w.raw(() => limit.fetch());
  },
  UpdateRateLimit: async (w, { request }) => {
    const { limit } = await limited(w);
    return w.raw(() => limit.update(asClientNames(request)));
  },
  ListRateLimit: async (w) => {
    const { service } = await limited(w);
    return w.raw(() => service.rateLimits.page(page));
  },
  DeleteRateLimit: async (w) => {
    const { limit } = await limited(w);
    return w.raw(() => limit.remove());
  },
  CreateBucket: async (w, { request }) => {
    const { limit } = await limited(w);
    return w.raw(() => limit.buckets.create(asClientNames(request)));
  },
  FetchBucket: async (w) => {
    const { bucket } = await limited(w, true);
    return w.raw(() => bucket.fetch());
  },
  UpdateBucket: async (w, { request }) => {
    const { bucket } = await limited(w, true);
    return w.raw(() => bucket.update(asClientNames(request)));
  },
  ListBucket: async (w, { name }) => {
    const { limit } = await limited(w, name === "readFull");
    return w.raw(() => limit.buckets.page(page));
  },
  DeleteBucket: async (w) => {
    const { bucket } = await limited(w, true);
    return w.raw(() => bucket.remove());
  },
};

async function limited(w, withBucket = false) {
  const service = await w.service();
  const limit = service.rateLimits((await w.made(() => service.rateLimits.create({ uniqueName: "visitor", description: "by address" }))).sid);
  return { service, limit, bucket: withBucket && limit.buckets((await w.made(() => limit.buckets.create({ max: 5, interval: 60 }))).sid) };
}

const configurations = {
  CreateMessagingConfiguration: async (w, { request }) => {
    const service = await w.service();
    await w.pool(request.MessagingServiceSid);
    return w.raw(() => service.messagingConfigurations.create(asClientNames(request)));
  },
  FetchMessagingConfiguration: async (w) => {
    const service = await configured(w);
    return w.raw(() => service.messagingConfigurations("CA").fetch());
  },
  UpdateMessagingConfiguration: async (w, { request }) => {
    const service = await configured(w);
    await w.pool(request.MessagingServiceSid);
    return w.raw(() => service.messagingConfigurations("CA").update(asClientNames(request)));
  },
  ListMessagingConfiguration: async (w, { name }) => {
    const service = name === "readFull" ? await configured(w) : await w.service();
    return w.raw(() => service.messagingConfigurations.page(page));
  },
  DeleteMessagingConfiguration: async (w) => {
    const service = await configured(w);
    return w.raw(() => service.messagingConfigurations("CA").remove());
  },
};

async function configured(w) {
  const service = await w.service();
  const messagingServiceSid = await w.pool(`MG${"7".repeat(32)}`);
  await w.made(() => service.messagingConfigurations.create({ country: "CA", messagingServiceSid }));
  return service;
}

const lists = {
  ListVerificationTemplate: async (w, { response }) => {
    const made = [];
    for (const { friendly_name: name, channels, translations } of response.templates) {
      // The example's name is longer than the 32 characters that its own specification allows.
      made.push(await w.template(name.slice(0, 32), { channels, texts: { en: translations.en.text } }));
    }

    return only(await w.raw(() => w.v2.templates.page(page)), "templates", ({ sid }) => made.includes(sid));
  },
  CreateSafelist: (w) => {
    const phoneNumber = w.server.number();
    return w.raw(() => w.v2.safelist.create({ phoneNumber }));
  },
  FetchSafelist: async (w) => {
    const phoneNumber = w.server.number();
    await w.made(() => w.v2.safelist.create({ phoneNumber }));
    return w.raw(() => w.v2.safelist(phoneNumber).fetch());
  },
  DeleteSafelist: async (w) => {
    const phoneNumber = w.server.number();
    await w.made(() => w.v2.safelist.create({ phoneNumber }));
    return w.raw(() => w.v2.safelist(phoneNumber).remove());
  },
};

const entities = {
  CreateEntity: async (w, { request }) => {
    const service = await w.service();
    return w.raw(() => service.entities.create(asClientNames(request)));
  },
  FetchEntity: async (w) => {
    const { entity } = await w.entity();
    return w.raw(() => entity.fetch());
  },
  ListEntity: async (w, { name }) => {
    const { service } = name === "readFull" ? await w.entity() : { service: await w.service() };
    return w.raw(() => service.entities.page(page));
  },
  DeleteEntity: async (w) => {
    const { entity } = await w.entity();
    return w.raw(() => entity.remove());
  },
};

const pushConfig = { "config.notificationPlatform": "fcm", "config.notificationToken": "a-device-token-of-at-least-32-characters", metadata: "{\"os\":\"Android\"}" };

/** A factor of the kind that an example's name ends with. */
async function factorLike(w, name, { verified = false } = {}) {
  if (name.includes("Passkeys")) {
    const { service, identity, factor } = await w.passkey({ verified });
    return { entity: service.entities(identity), factor };
  }

  return name.includes("Push") ? w.pushFactor({ verified, more: pushConfig }) : w.totpFactor({ verified });
}

const factors = {
  CreateNewFactor: async (w, { name, request }) => {
    const { entity } = await w.entity({ "Totp.Issuer": "test-issuer" });
    const like = name === "createPush" ? { "Binding.PublicKey": w.newKeyPair().spki, "Config.NotificationToken": pushConfig["config.notificationToken"] } : {};
    return w.raw(() => entity.newFactors.create(asClientNames({ ...request, ...like })));
  },
  FetchFactor: async (w, { name }) => {
    const { entity, factor } = await factorLike(w, name);
    return w.raw(() => entity.factors(factor.sid).fetch());
  },
  ListFactor: async (w, { name }) => {
    const { entity } = name === "readEmpty" ? await w.entity() : await factorLike(w, name);
    return w.raw(() => entity.factors.page(page));
  },
  UpdateFactor: async (w, { name, request }) => {
    const { entity, factor, code, sign } = await factorLike(w, name);
    const like = name === "verifyPush" ? { AuthPayload: sign(factor.sid), "Config.NotificationToken": pushConfig["config.notificationToken"] } : { AuthPayload: code() };
    return w.raw(() => entity.factors(factor.sid).update(asClientNames({ ...request, ...like })));
  },
  DeleteFactor: async (w) => {
    const { entity, factor } = await w.totpFactor();
    return w.raw(() => entity.factors(factor.sid).remove());
  },
};

const details = {
  "details.message": "Hi! Mr. John Doe, would you like to sign up?", "details.fields": ["{\"label\":\"Action\",\"value\":\"Sign up in portal\"}"], hiddenDetails: "{\"ip\":\"192.0.2.1\"}",
};
// The examples' challenges carry a date in their details, which is what this setting of a service is for.
const dated = { "Push.IncludeDate": "true" };

async function challenged(w, kind = "Push") {
  const factor = kind === "Push" ? await w.pushFactor({ settings: dated, more: pushConfig }) : await w.totpFactor({ settings: dated });
  const challenge = await w.made(() => factor.entity.challenges.create({ factorSid: factor.factor.sid, ...details }));
  return { ...factor, challenge, its: factor.entity.challenges(challenge.sid) };
}

const challenges = {
  CreateChallenge: async (w, { name, request }) => {
    const { entity, factor, next } = name === "createPush" ? await w.pushFactor({ settings: dated }) : await w.totpFactor({ settings: dated });
    const like = { FactorSid: factor.sid, ExpirationDate: new Date(Date.now() + 600_000), ...(request.AuthPayload ? { AuthPayload: next() } : {}) };
    return w.raw(() => entity.challenges.create(asClientNames({ ...request, ...like })));
  },
  FetchChallenge: async (w) => {
    const { its, challenge, device } = await challenged(w);
    await w.made(() => its.update({ authPayload: w.pushAnswer(challenge, { device }), metadata: "{\"os\":\"Android\"}" }));
    return w.raw(() => its.fetch());
  },
  ListChallenge: async (w, { name }) => {
    const { entity } = name === "readFull" ? await challenged(w) : await w.entity();
    return w.raw(() => entity.challenges.page(page));
  },
  UpdateChallenge: async (w, { name, request }) => {
    const { its, challenge, device, next } = await challenged(w, name === "verifyPush" ? "Push" : "Totp");
    const AuthPayload = name === "verifyPush" ? w.pushAnswer(challenge, { device }) : next();
    return w.raw(() => its.update(asClientNames({ ...request, AuthPayload })));
  },
  CreateNotification: async (w, { request }) => {
    const { its } = await challenged(w);
    return w.raw(() => its.notifications.create(asClientNames(request)));
  },
};

const tokens = {
  CreateAccessToken: async (w, { request }) => {
    const { service, identity } = await w.entity();
    return w.raw(() => service.accessTokens.create(asClientNames({ ...request, Identity: identity })));
  },
  FetchAccessToken: async (w) => {
    const { service, identity } = await w.entity();
    const { sid } = await w.made(() => service.accessTokens.create({ identity, factorType: "push", factorFriendlyName: "John Doe iPhone" }));
    return w.raw(() => service.accessTokens(sid).fetch());
  },
  FetchForm: (w) => w.raw(() => w.v2.forms("form-push").fetch()),
};

const hook = { friendlyName: "name", eventTypes: ["factor.deleted", "factor.verified"], webhookUrl: "https://hooks.example.com" };

async function hooked(w) {
  const service = await w.service();
  const { sid } = await w.made(() => service.webhooks.create(hook));
  return { service, webhook: service.webhooks(sid) };
}

const webhooks = {
  CreateWebhook: async (w, { request }) => {
    const service = await w.service();
    return w.raw(() => service.webhooks.create(asClientNames({ ...request, WebhookUrl: hook.webhookUrl })));
  },
  FetchWebhook: async (w) => {
    const { webhook } = await hooked(w);
    return w.raw(() => webhook.fetch());
  },
  UpdateWebhook: async (w, { request }) => {
    const { webhook } = await hooked(w);
    return w.raw(() => webhook.update(asClientNames({ ...request, WebhookUrl: hook.webhookUrl })));
  },
  ListWebhook: async (w, { name }) => {
    const { service } = name === "readFull" ? await hooked(w) : { service: await w.service() };
    return w.raw(() => service.webhooks.page(page));
  },
  DeleteWebhook: async (w) => {
    const { webhook } = await hooked(w);
    return w.raw(() => webhook.remove());
  },
};

const isDiscoverable = (name) => !name.includes("NonDiscoverable");

const passkeys = {
  CreateNewFactorPasskey: async (w, { request }) => {
    const service = await w.service(passkeySettings);
    return w.raw(() => service.newFactors.create(request));
  },
  UpdatePasskeysFactor: async (w) => {
    const { verify } = await w.passkey({ verified: false });
    return w.raw(verify);
  },
  CreateChallengePasskeys: async (w, { name }) => {
    const { service, identity, factor } = await w.passkey();
    return w.raw(() => service.newChallenge.get().create(isDiscoverable(name) ? {} : { identity, factor_sid: factor.sid }));
  },
  UpdateChallengePasskeys: async (w, { name }) => {
    const { service, identity, factor, passkey } = await w.passkey();
    const { options } = await w.made(() => service.newChallenge.get().create(isDiscoverable(name) ? {} : { identity, factor_sid: factor.sid }));
    return w.raw(() => service.approveChallenge.update(assertion(passkey, options.publicKey)));
  },
};

export const drivers = {
  ...services, ...verificationDrivers, ...limits, ...configurations, ...lists, ...entities, ...factors, ...challenges, ...tokens, ...webhooks, ...passkeys,
};
