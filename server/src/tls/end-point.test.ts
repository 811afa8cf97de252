import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { endPointBinding } from "./end-point.ts";
import { makeSelfSigned } from "./self-signed.ts";

const made = makeSelfSigned({ names: ["localhost"], now: Date.now(), serial: Buffer.alloc(9, 1) });
const certificate = new X509Certificate(made.certificate).raw;

test("a certificate of the gateway's own is bound by SHA-256, as it was signed", () => {
  const expected = createHash("sha256").update(certificate).digest("hex");
  assert.equal(endPointBinding(certificate)?.toString("hex"), expected);
});

test("bytes that are no certificate bind to nothing", () => {
  for (let length = 0; length < 200; length += 1) {
    assert.equal(endPointBinding(certificate.subarray(0, length)), null);
  }
  assert.equal(endPointBinding(Buffer.alloc(300, 0xff)), null);
});

const signatures: readonly (readonly [string, readonly string[], string | null])[] = [
  ["RSA with SHA-256", ["-newkey", "rsa:2048", "-sha256"], "sha256"],
  ["RSA with SHA-384", ["-newkey", "rsa:2048", "-sha384"], "sha384"],
  ["RSA with SHA-1, which counts as SHA-256", ["-newkey", "rsa:2048", "-sha1"], "sha256"],
  [
    "ECDSA with SHA-512",
    ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha512"],
    "sha512",
  ],
  ["Ed25519, which has no hash", ["-newkey", "ed25519"], null],
  ["RSASSA-PSS", ["-newkey", "rsa:2048", "-sha256", "-sigopt", "rsa_padding_mode:pss"], null],
];
for (const [what, args, hash] of signatures) {
  test(`of certificates by OpenSSL, one signed by ${what} is bound as RFC 5929 says`, (context) => {
    const raw = byOpenSsl(args, context);
    if (raw === null) return context.skip("there is no openssl");
    const expected = hash === null ? null : createHash(hash).update(raw).digest("hex");
    assert.equal(endPointBinding(raw)?.toString("hex") ?? null, expected);
  });
}

function byOpenSsl(args: readonly string[], context: TestContext): Buffer | null {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-tls-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "made.crt");
  const out = ["-nodes", "-subj", "/CN=x", "-keyout", path.join(folder, "made.key"), "-out", file];
  const { error, stderr } = spawnSync("openssl", ["req", "-x509", ...args, ...out], {
    encoding: "utf8",
  });
  if (error !== undefined) return null;
  try {
    return new X509Certificate(readFileSync(file)).raw;
  } catch {
    throw new Error(stderr);
  }
}
