/**
 * What SCRAM-SHA-256 keeps instead of a password (RFC 5802 section 3, RFC 7677), in PostgreSQL's text form.
 *
 * A verifier lets the gateway check an agent's password without being able to sign in as that agent
 * elsewhere. Deriving keys is slow by intention and runs off the event loop.
 */
import { isAscii } from "node:buffer";
import { createHash, createHmac, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { GatewayError } from "#/core/errors.ts";

export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** What a client needs to prove that it knows the password, short of the password. */
export interface ScramClientKeys {
  readonly clientKey: Buffer;
  readonly serverKey: Buffer;
}

export interface ScramCost {
  readonly salt: Buffer;
  readonly iterations: number;
}

/** RFC 7677 section 4 sets the least; the most keeps a hostile server from burning a core for minutes. */
export const iterationsMin = 4096;
export const iterationsMax = 1_000_000;
export const keyBytes = 32;

export async function makeVerifier(password: string, cost: ScramCost): Promise<ScramVerifier> {
  const { clientKey, serverKey } = await deriveClientKeys(password, cost);
  return { ...cost, storedKey: sha256(clientKey), serverKey };
}

export async function deriveClientKeys(
  password: string,
  { salt, iterations }: ScramCost,
): Promise<ScramClientKeys> {
  const salted = await pbkdf2Async(preparePassword(password), salt, iterations, keyBytes, "sha256");
  return { clientKey: hmac(salted, "Client Key"), serverKey: hmac(salted, "Server Key") };
}

/** `SCRAM-SHA-256$iterations:salt$storedKey:serverKey`, as in `pg_authid.rolpassword`. */
export function formatVerifier(verifier: ScramVerifier): string {
  const { iterations, salt, storedKey, serverKey } = verifier;
  const keys = `${storedKey.toString("base64")}:${serverKey.toString("base64")}`;
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${keys}`;
}

export function parseVerifier(text: string): ScramVerifier {
  const match = /^SCRAM-SHA-256\$([1-9]\d{0,6}):([^$:]+)\$([^$:]+):([^$:]+)$/.exec(text);
  const iterations = Number(match?.[1]);
  const [salt, storedKey, serverKey] = [2, 3, 4].map((group) => parseBase64(match?.[group] ?? ""));
  if (
    !(iterations >= iterationsMin && iterations <= iterationsMax) ||
    salt === undefined ||
    storedKey?.length !== keyBytes ||
    serverKey?.length !== keyBytes
  ) {
    throw new GatewayError("postgres.malformed_verifier", "The password verifier is malformed.");
  }
  return { iterations, salt, storedKey, serverKey };
}

/**
 * The bytes of a password as PostgreSQL would hash it. ASCII is taken as is. Otherwise SASLprep (RFC 4013)
 * is followed in its mappings, normalization and prohibitions, and the raw bytes are taken where it
 * prohibits, as PostgreSQL does. Not followed: its bidirectional rule, and its refusal of what Unicode 3.2
 * did not know, so that a password with newer compatibility characters or mixed directions may need to be
 * typed in its normalized form.
 */
export function preparePassword(password: string): Buffer {
  const raw = Buffer.from(password, "utf8");
  if (isAscii(raw)) return raw;
  const mapped = password.replace(spaces, " ").replace(mappedToNothing, "");
  const normalized = mapped.normalize("NFKC");
  const refused = normalized === "" || prohibited.test(normalized);
  return refused ? raw : Buffer.from(normalized, "utf8");
}

/** Base64 in its one canonical spelling; undefined for anything else, and for nothing. */
export function parseBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? bytes : undefined;
}

export function sha256(data: Buffer): Buffer {
  return createHash("sha256").update(data).digest();
}

export function hmac(key: Buffer, data: string | Buffer): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

const pbkdf2Async = promisify(pbkdf2);

/** RFC 3454 tables C.1.2, B.1, and C.1.2 to C.9 as RFC 4013 section 2.3 lists them. */
const spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
const mappedToNothing =
  /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;
const prohibited =
  /\p{Cc}|\p{Cs}|\p{Co}|\p{Noncharacter_Code_Point}|[\u0340-\u0341]|\u06dd|\u070f|\u180e|[\u200c-\u200f]|[\u2028-\u202e]|[\u2060-\u2063]|[\u206a-\u206f]|[\u2ff0-\u2ffb]|\ufeff|[\ufff9-\ufffd]|[\u{1d173}-\u{1d17a}]|\u{e0001}|[\u{e0020}-\u{e007f}]/u;
