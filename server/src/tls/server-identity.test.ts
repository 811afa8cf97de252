import assert from "node:assert/strict";
import { randomBytes, X509Certificate } from "node:crypto";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { Secret } from "#/core/secret.ts";
import { makeSelfSigned, selfSignedDays } from "./self-signed.ts";
import { keepConfigured, keepSelfSigned } from "./server-identity.ts";

const now = Date.parse("2026-11-05T10:00:00Z");
const dayMs = 24 * 60 * 60 * 1000;

function filesOf(context: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-identity-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    certificateFile: path.join(folder, "postgres.crt"),
    keyFile: path.join(folder, "postgres.key"),
  };
}

const make = () => makeSelfSigned({ names: ["localhost"], now, serial: randomBytes(16) });

test("the first start makes a certificate, and every later one shows the same", (context) => {
  const files = filesOf(context);
  const first = keepSelfSigned(files, ["db.example.com", "not a name", "10.0.0.5"], now).current();
  const { subjectAltName } = new X509Certificate(readFileSync(files.certificateFile));
  assert.equal(subjectAltName, "DNS:localhost, DNS:db.example.com, IP Address:10.0.0.5");
  assert.equal(first.expiresAt, now + selfSignedDays * dayMs);
  assert.equal(first.binding?.toString("hex"), first.fingerprint);
  const later = keepSelfSigned(files, [], now + dayMs).current();
  assert.equal(later.fingerprint, first.fingerprint);
  assert.deepEqual(readdirSync(files.folder).toSorted(), ["postgres.crt", "postgres.key"]);
  assert.equal(statSync(files.keyFile).mode & 0o777, 0o600);
});

const spoiled: readonly (readonly [string, (files: ReturnType<typeof filesOf>) => void])[] = [
  ["has lost its key", ({ keyFile }) => rmSync(keyFile)],
  ["has another key beside it", ({ keyFile }) => writeFileSync(keyFile, make().key)],
  ["is damaged", ({ certificateFile }) => writeFileSync(certificateFile, "damaged")],
  ["has a key that others can read", ({ keyFile }) => chmodSync(keyFile, 0o644)],
];
for (const [what, spoil] of spoiled) {
  test(`a self-signed certificate that ${what} is made anew`, (context) => {
    const files = filesOf(context);
    const before = keepSelfSigned(files, [], now).current();
    spoil(files);
    const after = keepSelfSigned(files, [], now).current();
    assert.notEqual(after.fingerprint, before.fingerprint);
    assert.equal(statSync(files.keyFile).mode & 0o777, 0o600);
    assert.equal(keepSelfSigned(files, [], now).current().fingerprint, after.fingerprint);
  });
}

test("a self-signed certificate is made anew a month before its end", (context) => {
  const files = filesOf(context);
  const first = keepSelfSigned(files, [], now).current();
  const kept = keepSelfSigned(files, [], first.expiresAt - 31 * dayMs).current();
  assert.equal(kept.fingerprint, first.fingerprint);
  const next = keepSelfSigned(files, [], first.expiresAt - 29 * dayMs).current();
  assert.notEqual(next.fingerprint, first.fingerprint);
});

test("a renewed pair is taken over, and one that can't be used leaves the old one in place", (context) => {
  const { certificateFile, keyFile } = filesOf(context);
  const write = ({ certificate, key }: ReturnType<typeof make>) => {
    writeFileSync(certificateFile, certificate);
    writeFileSync(keyFile, key);
  };
  write(make());
  const keeper = keepConfigured({ certificateFile, key: { file: keyFile } });
  const first = keeper.current();
  assert.equal(keeper.reload(), "same");
  assert.equal(keeper.current(), first);
  // Half of a renewal: the certificate is new, the key is not there yet.
  const next = make();
  writeFileSync(certificateFile, next.certificate);
  assert.throws(() => keeper.reload(), { code: "tls.invalid_certificate" });
  assert.equal(keeper.current(), first);
  writeFileSync(keyFile, next.key);
  assert.equal(keeper.reload(), "changed");
  assert.notEqual(keeper.current().fingerprint, first.fingerprint);
  rmSync(keyFile);
  assert.throws(() => keeper.reload(), { code: "tls.invalid_certificate" });
});

test("a configured pair that can't be used stops the start, and the error holds nothing of the key", (context) => {
  const { certificateFile } = filesOf(context);
  const { certificate, key } = make();
  for (const [text, secret] of [
    [certificate, make().key],
    [certificate, "no key"],
    ["no certificate", key],
    [certificate, key.replace("PRIVATE", "ENCRYPTED PRIVATE")],
  ] as const) {
    writeFileSync(certificateFile, text);
    assert.throws(
      () => keepConfigured({ certificateFile, key: { secret: new Secret(secret) } }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "tls.invalid_certificate");
        assert.ok(!error.message.includes(secret.slice(30, 60) || secret));
        return true;
      },
    );
  }
  writeFileSync(certificateFile, certificate);
  const keeper = keepConfigured({ certificateFile, key: { secret: new Secret(key) } });
  assert.equal(keeper.current().fingerprint.length, 64);
});
