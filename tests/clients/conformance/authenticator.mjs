// What a person's device does, in software: a key pair for push factors, and an authenticator for passkeys (ES256, no attestation).
import { createHash, createHmac, createSign, generateKeyPairSync, randomBytes } from "node:crypto";

export function newKeyPair() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKey, publicKey, spki: publicKey.export({ type: "spki", format: "der" }).toString("base64") };
}

export function signed(privateKey, data, encoding = "der") {
  return createSign("sha256").update(data).sign({ key: privateKey, dsaEncoding: encoding });
}

/** A passkey that was made for what `options` (a creation's `publicKey`) asks for. */
export function newPasskey(options, origin) {
  const { privateKey, publicKey } = newKeyPair();
  const id = randomBytes(32);
  const { x, y } = publicKey.export({ format: "jwk" });
  const key = Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]), Buffer.from(x, "base64url"),
    Buffer.from([0x22, 0x58, 0x20]), Buffer.from(y, "base64url"),
  ]);
  const authData = Buffer.concat([sha256(options.rp.id), Buffer.from([0x45, 0, 0, 0, 0]), Buffer.alloc(16), Buffer.from([0, id.length]), id, key]);
  const attestationObject = Buffer.concat([
    Buffer.from([0xa3]), cborText("fmt"), cborText("none"), cborText("attStmt"), Buffer.from([0xa0]), cborText("authData"),
    Buffer.from([0x58, authData.length]), authData,
  ]);
  return {
    id, privateKey, userHandle: options.user.id, rpId: options.rp.id, origin,
    creation: credential(id, {
      attestationObject: attestationObject.toString("base64url"),
      clientDataJSON: clientData("webauthn.create", options.challenge, origin).toString("base64url"),
      transports: ["internal"],
    }),
  };
}

/** The passkey's answer to a challenge (`publicKey` of its options). */
export function assertion(passkey, options, { withUser = true } = {}) {
  const data = clientData("webauthn.get", options.challenge, passkey.origin);
  const authData = Buffer.concat([sha256(passkey.rpId), Buffer.from([0x05, 0, 0, 0, 1])]);
  return credential(passkey.id, {
    authenticatorData: authData.toString("base64url"),
    clientDataJSON: data.toString("base64url"),
    signature: signed(passkey.privateKey, Buffer.concat([authData, createHash("sha256").update(data).digest()])).toString("base64url"),
    ...(withUser ? { userHandle: passkey.userHandle } : {}),
  });
}

function credential(id, response) {
  return { id: id.toString("base64url"), rawId: id.toString("base64url"), authenticatorAttachment: "platform", type: "public-key", response };
}

function clientData(type, challenge, origin) {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

function sha256(text) {
  return createHash("sha256").update(text).digest();
}

function cborText(text) {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}

/** The TOTP code (RFC 6238) of a Base32 secret. */
export function totp(secret, { at = Date.now(), step = 30, digits = 6, algorithm = "sha1" } = {}) {
  const bits = [...secret.replace(/=+$/, "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 1000 / step)));
  const hash = createHmac(algorithm, key).update(counter).digest();
  const offset = hash.at(-1) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, "0");
}
