/** The search on which the test of planted secrets rests: what it must not miss, and what it must not take for a trace. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { haystackOf, tracesOf } from "./support/traces.ts";

const secret = "Kw7tQz31hDmPv8s4.Xb9nRy26cJfLg5a";
const address = "müller.q7k2v9x4w8@planted-w3z6.example";
const card = "4111111111111111";
const wide = (text: string) => Buffer.from(text, "utf16le");
const escaped = (text: string, write: (unit: number) => string) =>
  Array.from(text)
    .map((character) => write(character.charCodeAt(0)))
    .join("");

/** How a value may come out of a program. */
const written: Readonly<Record<string, (value: string) => string | Buffer>> = {
  "as it is": (value) => value,
  "in quotes of JSON": (value) => JSON.stringify({ note: `it's ${value}` }),
  "in JSON of JSON": (value) => JSON.stringify(JSON.stringify(JSON.stringify(value))),
  "as JSON escapes": (value) =>
    escaped(value, (unit) => `\\u${unit.toString(16).padStart(4, "0").toUpperCase()}`),
  "as entities": (value) => escaped(value, (unit) => `&#${unit};`),
  "as hexadecimal entities": (value) => escaped(value, (unit) => `&#x${unit.toString(16)};`),
  "in a URL": (value) => `/search?q=${encodeURIComponent(value)}`,
  "every byte percent-encoded": (value) =>
    Buffer.from(value).toString("hex").replaceAll(/../g, "%$&"),
  "in capitals": (value) => value.toUpperCase(),
  "in hexadecimal": (value) => `\\x${Buffer.from(value).toString("hex")}`,
  "in a hex dump": (value) => Buffer.from(value).toString("hex").replaceAll(/../g, "$& "),
  "in octal": (value) =>
    [...Buffer.from(value)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join(""),
  "in base64": (value) => Buffer.from(value).toString("base64"),
  "in base64 behind one byte": (value) => Buffer.from(`1${value}`).toString("base64"),
  "in base64 behind two bytes": (value) => Buffer.from(`12${value} and more`).toString("base64"),
  "in base64 for URLs": (value) => Buffer.from(`{"user":"${value}"}`).toString("base64url"),
  "in base64 over lines": (value) =>
    Buffer.from(`subject: ${value}`).toString("base64").replaceAll(/.{16}/g, "$&\r\n"),
  "in UTF-16": wide,
  "in UTF-16 with the big end first": (value) => wide(value).swap16(),
  "in UTF-16 in base64": (value) => wide(`: ${value}`).toString("base64"),
  "in UTF-16 in hexadecimal": (value) => wide(value).toString("hex"),
  reversed: (value) => Array.from(value).toReversed().join(""),
  "over two lines": (value) => `${value.slice(0, 11)}\n    | ${value.slice(11)}`,
  "with a separator between any two": (value) => Array.from(value).join("-"),
  "in colours": (value) => `\u001b[31m${value.slice(0, 9)}\u001b[0m\u001b[1;32m${value.slice(9)}`,
};

for (const [how, write] of Object.entries(written)) {
  test(`a value that is written ${how} is found`, () => {
    for (const value of [secret, address, card]) {
      const output = Buffer.concat([
        randomBytes(500),
        Buffer.from(" before "),
        Buffer.from(write(value)),
        Buffer.from(" after "),
        randomBytes(500),
      ]);
      // UTF-16 holds NULs that only an even place keeps apart.
      assert.notDeepEqual(tracesOf(value, haystackOf(output)), [], `${value} was not found`);
    }
  });
}

test("of a long value a half is found, be it the first or the last, and in either of two places", () => {
  for (const half of [secret.slice(0, 16), secret.slice(16)]) {
    assert.notDeepEqual(tracesOf(secret, haystackOf(`{"at":1,"begin":"${half}"}`)), []);
    const encoded = Buffer.from(`x${half}yz`).toString("base64");
    assert.notDeepEqual(tracesOf(secret, haystackOf(encoded)), []);
  }
});

test("bytes that are no text are found too", () => {
  const key = randomBytes(48);
  for (const output of [
    Buffer.concat([randomBytes(99), key, randomBytes(99)]),
    `key ${key.toString("hex")}`,
    Buffer.concat([randomBytes(100), key]).toString("base64"),
  ]) {
    assert.notDeepEqual(tracesOf(key, haystackOf(output)), []);
  }
});

test("what was never planted is not found in megabytes of noise", () => {
  const noise = randomBytes(2 * 1024 * 1024);
  for (const output of [noise, noise.toString("hex"), noise.toString("base64")]) {
    for (const value of [secret, address, card]) {
      assert.deepEqual(tracesOf(value, haystackOf(output)), []);
    }
  }
});
