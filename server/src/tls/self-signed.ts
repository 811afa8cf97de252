/**
 * A certificate that nobody has vouched for, for those who have none yet: it keeps listeners on a wire from
 * reading, and clients that are given it can verify it. Made here, because Node can read certificates only.
 *
 * Version 3, ECDSA on P-256 with SHA-256 (RFC 5280, RFC 5758). It is no authority: what it is trusted for is itself.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import {
  bitString,
  contextTag,
  der,
  integer,
  oid,
  sequence,
  tags,
  time,
  utf8String,
} from "./der.ts";

export interface SelfSigned {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

export interface SelfSignedOptions {
  /** Host names and addresses; the first one is what the certificate is called. */
  readonly names: readonly [string, ...string[]];
  readonly now: number;
  /** At least 9 random bytes. */
  readonly serial: Buffer;
}

const dayMs = 24 * 60 * 60 * 1000;
export const selfSignedDays = 3650;

export function makeSelfSigned({ names, now, serial }: SelfSignedOptions): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(
    der(tags.set, sequence(oid("2.5.4.3"), utf8String(names[0].slice(0, commonNameMax)))),
  );
  const signed = sequence(
    der(contextTag(0, "values"), integer(Buffer.from([2]))),
    // Positive, and never all zeros.
    integer(Buffer.concat([Buffer.from([1]), serial])),
    ecdsaWithSha256,
    name,
    // Other machines' clocks may be behind.
    sequence(time(now - dayMs), time(now + selfSignedDays * dayMs)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(contextTag(3, "values"), sequence(...extensions(names, publicKey))),
  );
  const certificate = sequence(
    signed,
    ecdsaWithSha256,
    bitString(sign("sha256", signed, privateKey)),
  );
  return {
    certificate: pem(certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

const commonNameMax = 64;
const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));

/** No key usage: with one, OpenSSL trusts a certificate that is no authority in its own right no more. */
function extensions(names: readonly string[], publicKey: KeyObject): readonly Buffer[] {
  const keyId = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest()
    .subarray(0, 20);
  return [
    extension("2.5.29.19", sequence()),
    extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", sequence(...names.map(alternativeName))),
    extension("2.5.29.14", der(tags.octetString, keyId)),
  ];
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(tags.octetString, value));
}

function alternativeName(name: string): Buffer {
  if (isIP(name) === 0) return der(contextTag(2, "bytes"), Buffer.from(name, "latin1"));
  return der(contextTag(7, "bytes"), addressBytes(name));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // The URL parser knows every way in which an address can be written, and writes it in one.
  const written = new URL(`http://[${address.split("%")[0]}]`).hostname.slice(1, -1);
  const [head = "", tail] = written.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<string>(8 - groups(head).length - after.length).fill("0");
  const all = [...groups(head), ...(tail === undefined ? [] : zeros), ...after];
  return Buffer.concat(all.map((group) => Buffer.from(group.padStart(4, "0"), "hex")));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
