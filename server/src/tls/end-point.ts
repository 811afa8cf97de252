/**
 * The channel binding `tls-server-end-point` (RFC 5929 section 4): what both sides of a TLS connection know of
 * the server's certificate, and somebody between them with another certificate can't claim.
 */
import { createHash } from "node:crypto";
import { oid, readDer } from "./der.ts";

/**
 * The hash of a certificate, in DER; null where the standard defines none (Ed25519), or where versions of
 * libpq disagree (RSASSA-PSS): then channel binding can't be had.
 */
export function endPointBinding(certificate: Buffer): Buffer | null {
  const outer = readDer(certificate);
  const signed = outer && readDer(outer.content);
  const algorithm = outer && signed && readDer(outer.content, signed.end);
  const id = algorithm && readDer(algorithm.content);
  if (id === undefined || algorithm === undefined) return null;
  const hash = hashes.get(algorithm.content.subarray(0, id.end).toString("hex"));
  return hash === undefined ? null : createHash(hash).update(certificate).digest();
}

/** By the signature's algorithm; MD5 and SHA-1 are replaced by SHA-256. */
const hashes: ReadonlyMap<string, string> = new Map(
  (
    [
      // RSA with PKCS #1 v1.5 (RFC 8017 appendix C)
      ["1.2.840.113549.1.1.4", "sha256"],
      ["1.2.840.113549.1.1.5", "sha256"],
      ["1.2.840.113549.1.1.11", "sha256"],
      ["1.2.840.113549.1.1.12", "sha384"],
      ["1.2.840.113549.1.1.13", "sha512"],
      // ECDSA (RFC 5758 section 3.2)
      ["1.2.840.10045.4.1", "sha256"],
      ["1.2.840.10045.4.3.2", "sha256"],
      ["1.2.840.10045.4.3.3", "sha384"],
      ["1.2.840.10045.4.3.4", "sha512"],
    ] as const
  ).map(([id, hash]) => [oid(id).toString("hex"), hash]),
);
