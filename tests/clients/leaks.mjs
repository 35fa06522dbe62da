// Looks for codes and phone numbers in plain sight, however a careless line of code might have written them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Every place where one of the codes or numbers is found, as texts for people. Codes of fewer than six digits are not looked for:
 * they would be found by chance.
 */
export function findLeaks({ directory, output, codes, numbers }) {
  const texts = [["what the server printed", output], ...filesIn(directory)];
  const wanted = [
    ...[...codes].filter((code) => code.length >= 6).map((code) => [`code ${code}`, patternsOf(code, /^\d+$/.test(code))]),
    ...[...numbers].map((number) => [`number ${number}`, [...patternsOf(nationalPart(number), false), ...integersOf(number)]]),
  ];

  return texts.flatMap(([place, text]) => wanted.flatMap(([name, patterns]) =>
    patterns.filter(([, pattern]) => pattern.test(text)).map(([encoding]) => `${name} in ${place} (${encoding})`)));
}

function filesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((path) => [path, readFileSync(path, "latin1")]);
}

// A number without its country code, which no punctuation before it can hide.
function nationalPart(number) {
  return number.replace(/^\+(1|44|33)/, "");
}

function patternsOf(secret, isBounded) {
  const bytes = Buffer.from(secret, "latin1");
  const utf16 = Buffer.from(secret, "utf16le").toString("latin1");
  return [
    // A row of digits around it makes it a part of something else: a moment, a counter.
    ["plain", new RegExp(isBounded ? `(?<!\\d)${secret}(?!\\d)` : secret)],
    ["UTF-16", new RegExp(utf16)],
    ["hex", new RegExp(bytes.toString("hex"), "i")],
    ...[0, 1, 2].map((offset) => ["base64", new RegExp(base64Of(bytes, offset))]),
  ];
}

// The characters of a base64 text that depend on these bytes alone, when `offset` bytes stand before them in their group of three.
function base64Of(bytes, offset) {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  const first = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(first, end).replaceAll("+", "[+-]").replaceAll("/", "[/_]");
}

function integersOf(number) {
  const value = Buffer.alloc(8);
  value.writeBigUInt64BE(BigInt(number.slice(1)));
  const big = value.subarray(value.findIndex((byte) => byte !== 0));
  return [["big-endian", bytesPattern(big)], ["little-endian", bytesPattern(Buffer.from(big).reverse())]];
}

function bytesPattern(bytes) {
  return new RegExp([...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""));
}
