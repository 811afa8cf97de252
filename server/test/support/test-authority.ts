/** An authority of a test's own, which issues certificates to whomever the test wants. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIPv4 } from "node:net";
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
} from "#/tls/der.ts";

export interface Issued {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

export interface TestAuthority {
  /** PEM. */
  readonly certificate: string;
  /** Names and IPv4 addresses; the first is the common name. */
  issue(names: readonly string[], options?: { readonly expired?: boolean }): Issued;
}

const dayMs = 24 * 60 * 60 * 1000;
const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));

export function makeAuthority(name: string): TestAuthority {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const certify = (subject: string, key: KeyObject, extension: Buffer, daysLeft: number) => {
    const now = Date.now();
    const signed = sequence(
      der(contextTag(0, "values"), integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ecdsaWithSha256,
      named(name),
      sequence(time(now - 2 * dayMs), time(now + daysLeft * dayMs)),
      named(subject),
      key.export({ type: "spki", format: "der" }),
      der(contextTag(3, "values"), sequence(extension)),
    );
    const signature = bitString(sign("sha256", signed, own.privateKey));
    const base64 = sequence(signed, ecdsaWithSha256, signature).toString("base64");
    return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
  };
  const isAuthority = extended("2.5.29.19", sequence(der(tags.boolean, Buffer.from([0xff]))));
  return {
    certificate: certify(name, own.publicKey, isAuthority, 10),
    issue(names, { expired = false } = {}) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const alternatives = names.map((each) =>
        isIPv4(each)
          ? der(contextTag(7, "bytes"), Buffer.from(each.split(".").map(Number)))
          : der(contextTag(2, "bytes"), Buffer.from(each)),
      );
      const extension = extended("2.5.29.17", sequence(...alternatives));
      return {
        certificate: certify(names[0] ?? "", publicKey, extension, expired ? -1 : 10),
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
}

function named(name: string): Buffer {
  return sequence(der(tags.set, sequence(oid("2.5.4.3"), utf8String(name))));
}

function extended(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(tags.octetString, value));
}
