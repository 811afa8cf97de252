import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { connect, createServer } from "node:tls";
import { makeSelfSigned, selfSignedDays } from "./self-signed.ts";

const now = Date.parse("2026-11-05T10:00:00Z");
const names = [
  "localhost",
  "db.example.com",
  "127.0.0.1",
  "::1",
  "fe80::1:2",
  "2001:db8::",
] as const;
const made = makeSelfSigned({ names, now: Date.now(), serial: Buffer.alloc(16, 0xff) });

test("the certificate is one by Node's own reading: names, times, issuer, signature and key", () => {
  const { certificate, key } = makeSelfSigned({ names, now, serial: Buffer.alloc(16, 0xff) });
  const read = new X509Certificate(certificate);
  assert.equal(read.subject, "CN=localhost");
  assert.equal(read.issuer, read.subject);
  assert.equal(
    read.subjectAltName,
    "DNS:localhost, DNS:db.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, " +
      "IP Address:FE80:0:0:0:0:0:1:2, IP Address:2001:DB8:0:0:0:0:0:0",
  );
  assert.equal(Date.parse(read.validFrom), now - 86_400_000);
  assert.equal(Date.parse(read.validTo), now + selfSignedDays * 86_400_000);
  assert.equal(read.serialNumber, `01${"FF".repeat(16)}`);
  assert.equal(read.ca, false);
  assert.ok(read.verify(read.publicKey));
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
});

test("a time after 2049 is written with all digits of its year", () => {
  const { certificate } = makeSelfSigned({
    names: ["localhost"],
    now: Date.parse("2049-06-01T00:00:00Z"),
    serial: Buffer.alloc(9),
  });
  assert.equal(new X509Certificate(certificate).validTo, "May 30 00:00:00 2059 GMT");
});

test("a client that is given the certificate verifies it, with its names, and no other does", async (context) => {
  const server = createServer({ cert: made.certificate, key: made.key }, (socket) => socket.end());
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  const address = server.address();
  assert(typeof address === "object" && address !== null);
  const shake = (options: object) =>
    new Promise<string>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: address.port, ...options });
      socket.on("secureConnect", () => resolve("secure"));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
      socket.on("close", () => socket.destroy());
      socket.resume();
    });
  const ca = made.certificate;
  assert.equal(await shake({ ca }), "secure");
  for (const servername of ["localhost", "db.example.com"]) {
    assert.equal(await shake({ ca, servername }), "secure");
  }
  assert.equal(
    await shake({ ca, servername: "other.example.com" }),
    "ERR_TLS_CERT_ALTNAME_INVALID",
  );
  assert.equal(await shake({}), "DEPTH_ZERO_SELF_SIGNED_CERT");
});

test("OpenSSL takes it, by its strict rules, where it is there to be asked", (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-tls-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "made.crt");
  writeFileSync(file, made.certificate);
  const args = ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost"];
  const { error, status, stdout, stderr } = spawnSync("openssl", [...args, "-CAfile", file, file], {
    encoding: "utf8",
  });
  if (error !== undefined) return context.skip("there is no openssl");
  assert.equal(status, 0, stdout + stderr);
});
