/** The side of the client, which knows the password and never says it. */
import { timingSafeEqual } from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import {
  deriveClientKeys,
  hmac,
  iterationsMax,
  iterationsMin,
  keyBytes,
  parseBase64,
  type ScramClientKeys,
  type ScramCost,
  sha256,
} from "#/identity/scram-keys.ts";
import {
  boundFlag,
  charactersOf,
  fromServer,
  malformed,
  type ScramMechanism,
  scramMechanism,
  scramPlusMechanism,
  xor,
} from "./scram.ts";

/**
 * Remembers derived keys, which costs a derivation less for each further connection. One cache belongs to
 * one configured credential; a key is only stored after the server has proven that it fits.
 */
export interface ScramKeyCache {
  get(key: string): ScramClientKeys | undefined;
  set(key: string, keys: ScramClientKeys): void;
}

export interface ScramClientCredential {
  readonly user: string;
  readonly password: string;
  readonly cache?: ScramKeyCache;
}

export interface ScramClientStart {
  /** The client-first-message, to be sent. */
  readonly message: Buffer;
  /** The message without its channel binding header, which is what gets signed. */
  readonly bare: string;
  readonly nonce: string;
  /** That header, and behind it what the channel is bound to. */
  readonly channel: Buffer;
}

/**
 * What a client says of channel binding: that it binds to something; that it would, but was not offered it, which
 * a server that did offer it takes for an attack; or that it can't.
 */
export type ClientBinding =
  | { readonly kind: "bound"; readonly data: Buffer }
  | { readonly kind: "not_offered" }
  | { readonly kind: "none" };

/** The mechanism for what a server offers, and what to say with it; null if there is none that fits. */
export function chooseMechanism(
  offered: readonly string[],
  binding: Buffer | null,
): { readonly mechanism: ScramMechanism; readonly binding: ClientBinding } | null {
  if (binding !== null && offered.includes(scramPlusMechanism)) {
    return { mechanism: scramPlusMechanism, binding: { kind: "bound", data: binding } };
  }
  if (!offered.includes(scramMechanism)) return null;
  const kind = binding === null ? "none" : "not_offered";
  return { mechanism: scramMechanism, binding: { kind } };
}

/** What the client remembers until the server's last message. */
export interface ScramClientExchange {
  /** The client-final-message, to be sent. */
  readonly message: Buffer;
  readonly serverSignature: Buffer;
  readonly cacheKey: string;
  readonly keys: ScramClientKeys;
  readonly cache: ScramKeyCache | undefined;
}

/** Begins with `nonceBytes` fresh random bytes. */
export function clientFirst(
  random: Buffer,
  binding: ClientBinding = { kind: "none" },
): ScramClientStart {
  const nonce = random.toString("base64");
  const bare = `n=,r=${nonce}`;
  const header = Buffer.from(clientHeaders[binding.kind], "latin1");
  return {
    message: Buffer.concat([header, Buffer.from(bare, "latin1")]),
    bare,
    nonce,
    channel: binding.kind === "bound" ? Buffer.concat([header, binding.data]) : header,
  };
}

const clientHeaders = { bound: `${boundFlag},,`, not_offered: "y,,", none: "n,," } as const;

/** Answers the server-first-message. */
export async function clientFinal(
  start: ScramClientStart,
  serverFirstMessage: Buffer,
  { user, password, cache }: ScramClientCredential,
): Promise<ScramClientExchange> {
  const serverFirstText = charactersOf(serverFirstMessage, fromServer);
  const { nonce, salt, iterations } = parseServerFirst(serverFirstText, start.nonce);
  const cacheKey = `${iterations}:${salt.toString("base64")}:${user}`;
  const keys = cache?.get(cacheKey) ?? (await deriveClientKeys(password, { salt, iterations }));
  const withoutProof = `c=${start.channel.toString("base64")},r=${nonce}`;
  const signed = Buffer.from(`${start.bare},${serverFirstText},${withoutProof}`, "latin1");
  const proof = xor(keys.clientKey, hmac(sha256(keys.clientKey), signed));
  return {
    message: Buffer.from(`${withoutProof},p=${proof.toString("base64")}`, "latin1"),
    serverSignature: hmac(keys.serverKey, signed),
    cacheKey,
    keys,
    cache,
  };
}

/** Throws unless the server proves that it knows the verifier. Without it, AuthenticationOk means nothing. */
export function verifyServerFinal(exchange: ScramClientExchange, serverFinalMessage: Buffer): void {
  const text = charactersOf(serverFinalMessage, fromServer);
  const signature = parseBase64(/^v=([^,]+)(?:,[A-Za-z]=[^,]+)*$/.exec(text)?.[1] ?? "");
  if (signature?.length !== keyBytes || !timingSafeEqual(signature, exchange.serverSignature)) {
    throw new GatewayError("postgres.upstream_unproven", "The server did not prove its knowledge.");
  }
  exchange.cache?.set(exchange.cacheKey, exchange.keys);
}

function parseServerFirst(text: string, clientNonce: string): ScramCost & { nonce: string } {
  const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([^,]+),i=([1-9]\d{0,9})(?:,[A-Za-z]=[^,\0]+)*$/.exec(
    text,
  );
  const [, nonce = "", saltText = "", iterationsText] = match ?? [];
  const salt = parseBase64(saltText);
  const iterations = Number(iterationsText);
  if (salt === undefined) throw malformed(fromServer, "It has no nonce, salt and iteration count.");
  // A nonce that does not continue the client's would let an old exchange be replayed.
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    throw malformed(fromServer, "The nonce does not continue the client's.");
  }
  if (iterations < iterationsMin || iterations > iterationsMax) {
    throw malformed(fromServer, "The iteration count is out of bounds.");
  }
  return { nonce, salt, iterations };
}
