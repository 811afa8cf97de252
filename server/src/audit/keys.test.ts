import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import {
  formatSigningKey,
  formatVerifierKey,
  generateKey,
  parseVerifierKey,
} from "@countersign/tlog/note";
import { type ErrorCode, GatewayError } from "#/core/errors.ts";
import { storeFiles } from "#/store/sqlite/folder.ts";
import { createKeyFile, privateMode } from "./key-file.ts";
import { type GatewayKeys, loadKeys, readVerifierKey } from "./keys.ts";

const hasModes = { skip: process.platform === "win32" ? "no such modes" : false };

function folder(t: TestContext): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-keys-"));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return path.join(dir, "data");
}

const read = (dir: string, name: string) => fs.readFileSync(path.join(dir, name), "utf8");
const write = (dir: string, name: string, text: string) =>
  fs.writeFileSync(path.join(dir, name), text, { mode: 0o600 });
const modeOf = (dir: string, name: string) => fs.statSync(path.join(dir, name)).mode & 0o777;

/** Refused with this code, and without a word of the key in message or details. */
function refuses(load: () => unknown, code: ErrorCode, words: RegExp): void {
  assert.throws(load, (error) => {
    assert(error instanceof GatewayError);
    assert.equal(error.code, code);
    assert.match(error.message, words);
    const told = `${error.message} ${JSON.stringify(error.details)}`;
    assert.doesNotMatch(told, /PRIVATE\+KEY\+(?!name)|[0-9a-f]{32}/);
    return true;
  });
}

function derivedOf(keys: GatewayKeys): readonly Uint8Array[] {
  const { payloadKey, sealerKey, joinKey, personKey, maskKey, scramMockKey } = keys;
  return [payloadKey, sealerKey, joinKey, personKey, maskKey, scramMockKey];
}

test("the first start makes the keys, and every later one finds the same", (t) => {
  const dir = folder(t);
  const first = loadKeys(dir);
  const files = fs.readdirSync(dir).toSorted();
  assert.deepEqual(files, ["data.key", "log.key", "log.pub"]);
  const contents = files.map((name) => read(dir, name));
  const second = loadKeys(dir);
  assert.equal(second.verifierKey, first.verifierKey);
  assert.equal(second.origin, first.origin);
  assert.equal(formatSigningKey(second.signingKey), formatSigningKey(first.signingKey));
  assert.deepEqual(derivedOf(second), derivedOf(first));
  assert.deepEqual(
    files.map((name) => read(dir, name)),
    contents,
  );
});

test("two installations have nothing in common", (t) => {
  const [one, other] = [loadKeys(folder(t)), loadKeys(folder(t))];
  assert.match(one.origin, /^countersign\.local\/[0-9a-f]{8}$/);
  assert.notEqual(one.origin, other.origin);
  assert.notEqual(one.verifierKey, other.verifierKey);
  assert.notDeepEqual(derivedOf(one), derivedOf(other));
});

test("every derived key has 32 bytes and differs from the others and from the master", (t) => {
  const dir = folder(t);
  const derived = derivedOf(loadKeys(dir)).map((key) => Buffer.from(key).toString("hex"));
  for (const key of derived) assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(new Set([...derived, read(dir, "data.key").trim()]).size, 7);
});

test("what is derived from a master never changes, or all payloads would be lost", (t) => {
  const dir = folder(t);
  loadKeys(dir);
  write(dir, "data.key", `${"01".repeat(32)}\n`);
  const hex = derivedOf(loadKeys(dir)).map((key) => Buffer.from(key).toString("hex", 0, 4));
  // Computed from RFC 5869 with another program.
  assert.deepEqual(hex, ["e4fd6ab7", "6a59ba5b", "a64d7789", "46696669", "4a44006c", "70f30527"]);
});

test("private keys are private and the public key is public, whatever the umask", hasModes, (t) => {
  const dir = folder(t);
  const before = process.umask(0o077);
  try {
    loadKeys(dir);
  } finally {
    process.umask(before);
  }
  assert.equal(modeOf(dir, "log.key"), 0o600);
  assert.equal(modeOf(dir, "data.key"), 0o600);
  assert.equal(modeOf(dir, "log.pub"), 0o644);
});

test("a private key that other accounts can read or change is refused", hasModes, (t) => {
  const dir = folder(t);
  loadKeys(dir);
  for (const name of ["log.key", "data.key"]) {
    for (const mode of [0o640, 0o604, 0o620, 0o602]) {
      fs.chmodSync(path.join(dir, name), mode);
      refuses(() => loadKeys(dir), "audit.invalid_key", /other accounts/);
    }
    fs.chmodSync(path.join(dir, name), 0o600);
  }
  loadKeys(dir);
});

test("a key that does not have its form is refused, and stays as it is", (t) => {
  const dir = folder(t);
  loadKeys(dir);
  const other = generateKey("countersign.test/2");
  const broken: readonly (readonly [string, string])[] = [
    ["log.key", ""],
    ["log.key", "PRIVATE+KEY+a+00000000+AAAA\n"],
    ["log.key", read(dir, "log.key").slice(0, -4)],
    ["log.key", `${read(dir, "log.key")}\n`],
    ["log.pub", formatVerifierKey(other)],
    ["data.key", ""],
    ["data.key", read(dir, "data.key").slice(2)],
    ["data.key", read(dir, "data.key").toUpperCase().replace(/^./, "G")],
  ];
  for (const [name, text] of broken) {
    const whole = read(dir, name);
    write(dir, name, text);
    refuses(() => loadKeys(dir), "audit.invalid_key", new RegExp(name.replace(".", "\\.")));
    assert.equal(read(dir, name), text);
    write(dir, name, whole);
  }
  loadKeys(dir);
});

test("a file that is too large for a key is not read", (t) => {
  const dir = folder(t);
  loadKeys(dir);
  write(dir, "log.key", "x".repeat(5000));
  refuses(() => loadKeys(dir), "audit.invalid_key", /too large/);
});

test("a key file that is there is never replaced", (t) => {
  const dir = folder(t);
  loadKeys(dir);
  const file = path.join(dir, "log.key");
  const before = read(dir, "log.key");
  createKeyFile(file, "another", privateMode);
  assert.equal(read(dir, "log.key"), before);
  assert.deepEqual(fs.readdirSync(dir).toSorted(), ["data.key", "log.key", "log.pub"]);
});

test("something else than a file in a key's place is refused", (t) => {
  const dir = folder(t);
  fs.mkdirSync(path.join(dir, "log.key"), { recursive: true });
  refuses(() => loadKeys(dir), "audit.invalid_key", /is not a file/);
});

test("a private key that is missing beside an existing database is never replaced", (t) => {
  for (const name of ["log.key", "data.key"]) {
    const dir = folder(t);
    loadKeys(dir);
    fs.writeFileSync(storeFiles(dir).database, "");
    fs.rmSync(path.join(dir, name));
    refuses(() => loadKeys(dir), "audit.invalid_key", /is missing/);
    assert(!fs.existsSync(path.join(dir, name)));
  }
});

test("a public key that is missing is written again", (t) => {
  const dir = folder(t);
  const { verifierKey } = loadKeys(dir);
  fs.writeFileSync(storeFiles(dir).database, "");
  fs.rmSync(path.join(dir, "log.pub"));
  assert.equal(loadKeys(dir).verifierKey, verifierKey);
  assert.equal(readVerifierKey(dir), verifierKey);
});

test("a signing key from outside is used and never written down", (t) => {
  const dir = folder(t);
  const key = generateKey("example.com/log");
  const keys = loadKeys(dir, { signingKey: `${formatSigningKey(key)}\n` });
  assert.equal(keys.origin, "example.com/log");
  assert.equal(keys.verifierKey, formatVerifierKey(key));
  assert.deepEqual(fs.readdirSync(dir).toSorted(), ["data.key", "log.pub"]);
  assert.equal(readVerifierKey(dir), keys.verifierKey);
});

test("a signing key from outside that is broken, or not that of this folder, is refused", (t) => {
  const dir = folder(t);
  refuses(() => loadKeys(dir, { signingKey: "none" }), "audit.invalid_key", /configured/);
  loadKeys(dir);
  const signingKey = formatSigningKey(generateKey("example.com/log"));
  refuses(() => loadKeys(dir, { signingKey }), "audit.invalid_key", /log\.pub does not belong/);
});

test("the folder's public key is what verifiers read; without one they are told to bring it", (t) => {
  const dir = folder(t);
  const { verifierKey } = loadKeys(dir);
  assert.equal(parseVerifierKey(readVerifierKey(dir)).name, verifierKey.split("+")[0]);
  fs.rmSync(path.join(dir, "log.pub"));
  refuses(() => readVerifierKey(dir), "audit.invalid_key", /log\.pub is missing/);
});

test("a folder that can't be made is told as that", (t) => {
  const dir = folder(t);
  fs.writeFileSync(dir, "");
  refuses(() => loadKeys(dir), "store.unreadable", /data folder/);
});
