/**
 * The certificate and key with which a listener shows itself: those of the configuration, read again when they
 * change; else a self-signed pair that is made at the first start and kept in the data folder.
 *
 * Guarantees that a pair that can't be used stops the start, and never replaces one that is in use.
 */
import { constants, randomBytes, X509Certificate } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import { GatewayError } from "#/core/errors.ts";
import type { Secret } from "#/core/secret.ts";
import { endPointBinding } from "./end-point.ts";
import { makeSelfSigned } from "./self-signed.ts";

export interface ServerIdentity {
  readonly context: SecureContext;
  /** What SCRAM's channel binding binds to; null where the certificate allows none. */
  readonly binding: Buffer | null;
  /** SHA-256 of the certificate, in hex, as people compare it. */
  readonly fingerprint: string;
  readonly expiresAt: number;
}

/** Paths of PEM files; the certificate's file goes on with those between it and its authority. */
export interface ConfiguredIdentity {
  readonly certificateFile: string;
  readonly key: { readonly file: string } | { readonly secret: Secret };
}

export interface IdentityKeeper {
  current(): ServerIdentity;
  /** Takes a changed pair over. Throws `tls.invalid_certificate` where it can't be used; the old one stays. */
  reload(): "changed" | "same";
}

/** Throws `tls.invalid_certificate`. */
export function keepConfigured(configured: ConfiguredIdentity): IdentityKeeper {
  const read = (): Pair => ({
    certificate: readPem(configured.certificateFile),
    key: "file" in configured.key ? readPem(configured.key.file) : configured.key.secret.reveal(),
  });
  let pair = read();
  let identity = serverIdentity(pair, configured.certificateFile);
  return {
    current: () => identity,
    reload() {
      const next = read();
      if (next.certificate === pair.certificate && next.key === pair.key) return "same";
      identity = serverIdentity(next, configured.certificateFile);
      pair = next;
      return "changed";
    },
  };
}

/** Made anew where it is missing, damaged or near its end. `names` are what clients may call this machine. */
export function keepSelfSigned(
  { certificateFile, keyFile }: SelfSignedFiles,
  names: readonly string[],
  now: number,
): IdentityKeeper {
  const identity = readSelfSigned({ certificateFile, keyFile }, now);
  if (identity !== null) return { current: () => identity, reload: () => "same" };
  const usable = [...new Set(names)].filter((name) => /^[A-Za-z0-9._:-]{1,253}$/.test(name));
  const pair = makeSelfSigned({ names: ["localhost", ...usable], now, serial: randomBytes(16) });
  replaceFile(keyFile, pair.key, 0o600);
  replaceFile(certificateFile, pair.certificate, 0o644);
  const made = serverIdentity(pair, certificateFile);
  return { current: () => made, reload: () => "same" };
}

export interface SelfSignedFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

const pemBytesMax = 256 * 1024;
const leastLeftMs = 30 * 24 * 60 * 60 * 1000;

/** `file` names it in the error. Throws `tls.invalid_certificate`. */
export function serverIdentity({ certificate, key }: Pair, file: string): ServerIdentity {
  try {
    const read = new X509Certificate(certificate);
    const context = createSecureContext({
      cert: certificate,
      key,
      minVersion: "TLSv1.2",
      // A session is bound to its handshake: nothing is resumed or negotiated again.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
    });
    return {
      context,
      binding: endPointBinding(read.raw),
      fingerprint: read.fingerprint256.replaceAll(":", "").toLowerCase(),
      expiresAt: Date.parse(read.validTo),
    };
  } catch (cause) {
    const message = `The certificate ${file} and its key can't be used: both must be PEM, belong together, and need no password.`;
    throw new GatewayError("tls.invalid_certificate", message, { details: { file }, cause });
  }
}

/** Null where they can't be relied on. */
function readSelfSigned(
  { certificateFile, keyFile }: SelfSignedFiles,
  now: number,
): ServerIdentity | null {
  try {
    const pair = { certificate: readPem(certificateFile), key: readPem(keyFile) };
    const identity = serverIdentity(pair, certificateFile);
    const isOpen = process.platform !== "win32" && (fs.statSync(keyFile).mode & 0o077) !== 0;
    return isOpen || identity.expiresAt - now < leastLeftMs ? null : identity;
  } catch {
    return null;
  }
}

function readPem(file: string): string {
  try {
    if (fs.statSync(file).size > pemBytesMax) throw new Error("too large");
    return fs.readFileSync(file, "utf8");
  } catch (cause) {
    throw new GatewayError("tls.invalid_certificate", `The file ${file} can't be read.`, {
      details: { file },
      cause,
    });
  }
}

/** Whole under its name, or not at all. */
function replaceFile(file: string, text: string, mode: number): void {
  const draft = `${file}.${randomBytes(8).toString("hex")}.new`;
  try {
    fs.writeFileSync(draft, text, { mode, flag: "wx", flush: true });
    fs.renameSync(draft, file);
  } catch (cause) {
    fs.rmSync(draft, { force: true });
    throw new GatewayError("store.unreadable", `${path.basename(file)} can't be created.`, {
      details: { file },
      cause,
    });
  }
}
