// What the operations of the specification are asked of: a server, the recording client, and what one operation needs of another.
import assert from "node:assert/strict";
import { newPool, newTemplate } from "../suite.mjs";
import { newKeyPair, newPasskey, signed, totp } from "./authenticator.mjs";
import { asClientNames, recordingClient } from "./recorder.mjs";

export const origin = "https://example.com";

export class World {
  #recording;
  #names = 0;
  #countries = 0;
  #kept = {};

  constructor(server) {
    this.server = server;
    this.#recording = recordingClient(server);
  }

  get v2() {
    return this.#recording.client.verify.v2;
  }

  /** What the server answered to a call of the client, also where the client throws. */
  async raw(call) {
    this.#recording.last = undefined;
    const problem = await Promise.resolve().then(call).then(() => undefined, (thrown) => thrown);
    if (this.#recording.last === undefined) {
      throw problem ?? new Error("The client asked nothing of the server.");
    }

    return this.#recording.last;
  }

  /** A request without the client, which has no way to send what is wrong: form in, { status, body } out. */
  async post(path, values) {
    const isJson = path.includes("/Passkeys/");
    const pairs = Object.entries(values).flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)]));
    return read(await this.server.fetch(path, {
      method: "POST", body: isJson ? JSON.stringify(values) : new URLSearchParams(pairs), headers: isJson ? { "Content-Type": "application/json" } : {},
    }));
  }

  async get(path, values = {}) {
    return read(await this.server.fetch(`${path}?${new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]))}`));
  }

  /** The body of an answer that is one of success. */
  async ok(answer) {
    const { status, body } = await answer;
    assert.ok(status < 300, `${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** The path of a new service. */
  async servicePath(settings) {
    return `/v2/Services/${(await this.service(settings))._solution.sid}`;
  }

  /** The path of a service that is there anyway. */
  get shared() {
    return `/v2/Services/${this.server.service}`;
  }

  /** What `make` makes, the first time that it is asked for by this name. */
  async once(name, make) {
    this.#kept[name] ??= await make(this);
    return this.#kept[name];
  }

  /** A number that is not the one before. */
  number() {
    return 100 + ++this.#names;
  }

  /** A country that no other test configures. */
  country() {
    return ["AT", "BE", "DK", "EE", "FI", "GR", "HU", "IE", "LV", "MT", "NL", "NO"][this.#countries++];
  }

  /** The body of a call that goes well. */
  async made(call) {
    const { status, body } = await this.raw(call);
    assert.ok(status < 300, `${status} ${JSON.stringify(body)}`);
    return body;
  }

  name(prefix = "thing") {
    return `${prefix}-${++this.#names}`;
  }

  identity() {
    return `identity-${String(++this.#names).padStart(6, "0")}`;
  }

  /** A service of these settings, as the client's context of it. */
  async service(settings = {}) {
    const { sid } = await this.made(() => this.v2.services.create(asClientNames({ FriendlyName: "conformance", ...settings })));
    return this.v2.services(sid);
  }

  /** A pending verification: { service, to, sid }. */
  async verification(request = {}, settings = {}) {
    const service = await this.service(settings);
    const to = request.To ?? this.server.number();
    const { sid, send_code_attempts: attempts } = await this.made(() => service.verifications.create(asClientNames({ Channel: "sms", ...request, To: to })));
    return { service, to, sid, attempt: attempts[0].attempt_sid };
  }

  template(name, more = {}) {
    return newTemplate(this.server, { name, ...more });
  }

  pool(sid) {
    return newPool(this.server, sid).then(() => sid);
  }

  /** A mailbox of fiction. */
  mailbox() {
    return `${this.name("person")}@example.com`;
  }

  newKeyPair() {
    return newKeyPair();
  }

  /** Waits until it is kept what became of a send, and its attempt can be read. Twilio's path may be asked a hundred times a minute; ours may be asked at will. */
  async sent(attempt) {
    const deadline = performance.now() + 10_000;
    while (!(await this.server.fetch(`/admin/v1/attempts/${attempt}`)).ok) {
      assert.ok(performance.now() < deadline, `${attempt} is not sent`);
    }
  }

  /** What the app of a push factor sends to answer a challenge: a token over what it was shown, signed by the device. */
  pushAnswer(challenge, { device }, status = "approved") {
    const fields = ["sid", "account_sid", "service_sid", "identity", "factor_sid", "date_created", "expiration_date", "details", "hidden_details"];
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const shown = `${part({ alg: "ES256", typ: "JWT" })}.${part({ ...Object.fromEntries(fields.map((name) => [name, challenge[name]])), status })}`;
    return `${shown}.${signed(device.privateKey, shown, "ieee-p1363").toString("base64url")}`;
  }

  /** A person of a service: { service, identity, entity } */
  async entity(settings = {}, identity = this.identity()) {
    const service = await this.service(settings);
    await this.made(() => service.entities.create({ identity }));
    return { service, identity, entity: service.entities(identity) };
  }

  /** A TOTP factor: that of `entity`, and { factor, secret, code() }. */
  async totpFactor({ verified = true, settings, friendlyName = "FriendlyName", more = {} } = {}) {
    const person = await this.entity(settings);
    const factor = await this.made(() => person.entity.newFactors.create({ friendlyName, factorType: "totp", ...more }));
    const { secret } = factor.binding;
    const code = (at) => this.server.noteCode(totp(secret, { at }));
    if (verified) {
      const { status } = await this.made(() => person.entity.factors(factor.sid).update({ authPayload: code() }));
      assert.equal(status, "verified");
    }

    // A code is good once: the next is that of the time step after, which the skew lets in.
    return { ...person, factor, secret, code, next: () => code(Date.now() + 30_000) };
  }

  /** A push factor, whose device signs: that of `entity`, and { factor, device, sign(text) }. */
  async pushFactor({ verified = true, settings, more = {} } = {}) {
    const person = await this.entity(settings);
    const device = newKeyPair();
    const factor = await this.made(() => person.entity.newFactors.create({
      friendlyName: "FriendlyName", factorType: "push", "binding.alg": "ES256", "binding.publicKey": device.spki, "config.sdkVersion": "1.0", "config.appId": "com.example.myapp",
      "config.notificationPlatform": "none", ...more,
    }));
    const sign = (text) => signed(device.privateKey, text).toString("base64");
    if (verified) {
      const { status } = await this.made(() => person.entity.factors(factor.sid).update({ authPayload: sign(factor.sid) }));
      assert.equal(status, "verified");
    }

    return { ...person, factor, device, sign };
  }

  /** A passkey, registered and verified: { service, identity, factor, passkey }. */
  async passkey({ verified = true, request = {} } = {}) {
    const service = await this.service(passkeySettings);
    const identity = this.identity();
    const factor = await this.made(() => service.newFactors.create({ friendly_name: "FriendlyName", identity, ...request }));
    const passkey = newPasskey(factor.options.publicKey, origin);
    const verify = () => service.newVerifyFactors.update(passkey.creation);
    if (verified) {
      await this.made(verify);
    }

    return { service, identity, factor, passkey, verify };
  }
}

export const passkeySettings = {
  "Passkeys.RelyingParty.Id": "example.com", "Passkeys.RelyingParty.Name": "Example", "Passkeys.RelyingParty.Origins": origin, "Passkeys.AuthenticatorAttachment": "platform",
  "Passkeys.DiscoverableCredentials": "preferred", "Passkeys.UserVerification": "preferred",
};

async function read(response) {
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}
