// The search for leaks must itself be trusted: it finds what is planted, in every writing, and nothing else.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findLeaks } from "./leaks.mjs";

const code = "482913";
const number = "+14155550123";

function search(content, output = "") {
  const directory = mkdtempSync(join(tmpdir(), "leaks-"));
  try {
    writeFileSync(join(directory, "some.db"), content);
    return findLeaks({ directory, output, codes: [code], numbers: [number] });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

for (const [name, content] of Object.entries({
  "as text": `x${code}y`,
  "between binary bytes": Buffer.concat([Buffer.from([0xff, 0x00]), Buffer.from(code), Buffer.from([0x80])]),
  "as hex": `x'${Buffer.from(code).toString("hex")}'`,
  "as upper-case hex": Buffer.from(`${code}`).toString("hex").toUpperCase(),
  "as UTF-16": Buffer.from(code, "utf16le"),
  "in base64": Buffer.from(code).toString("base64"),
  "in base64 after one byte": Buffer.from(`"${code}"`).toString("base64"),
  "in base64 after two bytes": Buffer.from(`: ${code}, `).toString("base64"),
})) {
  test(`a code ${name} is found`, () => {
    assert.match(search(content).join(), /code 482913/);
  });
}

for (const [name, content] of Object.entries({
  "in E.164": `to=${number};`,
  "without its country code": "4155550123",
  "with its plus percent-encoded": "%2B14155550123",
  "in base64": Buffer.from(`{"to":"${number}"}`).toString("base64"),
  "as a 64-bit integer": (() => { const bytes = Buffer.alloc(8); bytes.writeBigInt64BE(14155550123n); return bytes; })(),
  "as a 64-bit integer, lowest byte first": (() => { const bytes = Buffer.alloc(8); bytes.writeBigInt64LE(14155550123n); return bytes; })(),
})) {
  test(`a number ${name} is found`, () => {
    assert.match(search(content).join(), /number \+14155550123/);
  });
}

test("what the server prints is searched too", () => {
  assert.deepEqual(search("", `Your code is ${code}\n`), ["code 482913 in what the server printed (plain)"]);
});

test("a code inside a longer row of digits is no leak, nor is a masked number", () => {
  assert.deepEqual(search("1482913000 +1415•••0123 +1*******123"), []);
});
