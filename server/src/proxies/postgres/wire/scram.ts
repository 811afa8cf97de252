/**
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), both sides, as PostgreSQL speaks them: the gateway
 * is the server for agents and the client for upstreams.
 *
 * Guarantees:
 * - A wrong password and an unknown user are the same to the client: same messages, same work, a salt that
 *   stays the same for a name.
 * - A client proves the password without sending it, and accepts only a server that knows the verifier.
 * - Malformed messages throw before anything is compared; a failed proof is a value.
 * - Through TLS, with channel binding (`tls-server-end-point`), a proof is good for the connection to that
 *   certificate alone; and whoever takes PLUS out of an offer to prevent that is noticed.
 *
 * The user name in the exchange is ignored, as PostgreSQL ignores it: the
 * start-up packet has named the user. Randomness is an argument. Nothing here logs or keeps a password.
 */
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
  type ScramVerifier,
  sha256,
} from "#/identity/scram-keys.ts";

export const scramMechanism = "SCRAM-SHA-256";
export const scramPlusMechanism = "SCRAM-SHA-256-PLUS";
export type ScramMechanism = typeof scramMechanism | typeof scramPlusMechanism;
/** The most that a message of the exchange may hold; real ones have some hundred bytes. */
const scramMessageBytesMax = 4096;
export const nonceBytes = 18;
const saltBytes = 16;

/** What the server remembers between its two messages. */
export interface ScramServerExchange {
  /** The server-first-message, to be sent. */
  readonly message: Buffer;
  readonly verifier: ScramVerifier;
  /** Whether the verifier belongs to nobody, so that no proof can be accepted. */
  readonly mock: boolean;
  readonly mechanism: ScramMechanism;
  /** What the client has to repeat: its own header, and behind it what the channel is bound to. */
  readonly channel: Buffer;
  readonly nonce: string;
  /** The first two parts of what both sides sign. */
  readonly signedPrefix: string;
}

export type ScramServerResult =
  | { readonly ok: true; readonly message: Buffer }
  | { readonly ok: false };

export interface ScramServerFirstOptions {
  readonly clientFirst: Buffer;
  /** Undefined for a user that does not exist or may not sign in; then `mockVerifier` answers. */
  readonly verifier: ScramVerifier | undefined;
  readonly mockVerifier: ScramVerifier;
  /** `nonceBytes` fresh random bytes. */
  readonly random: Buffer;
  /** What the client has chosen of what it was offered. */
  readonly mechanism: ScramMechanism;
  /** What PLUS binds to; null where it was not offered. */
  readonly binding: Buffer | null;
}

/** What a server offers. */
export function offeredMechanisms(binding: Buffer | null): readonly ScramMechanism[] {
  return binding === null ? [scramMechanism] : [scramPlusMechanism, scramMechanism];
}

/**
 * The verifier for a user without one. The key is a secret of the installation, so that the salt can't be
 * told from a stored one; `iterations` must be what real verifiers have, for the same reason.
 */
export function makeMockVerifier(
  user: string,
  key: Buffer,
  iterations = iterationsMin,
): ScramVerifier {
  const derive = (purpose: string) => hmac(key, `countersign/scram-mock/${purpose}/v1\0${user}`);
  return {
    iterations,
    salt: derive("salt").subarray(0, saltBytes),
    storedKey: derive("stored-key"),
    serverKey: derive("server-key"),
  };
}

/** Answers the client-first-message. */
export function serverFirst(options: ScramServerFirstOptions): ScramServerExchange {
  const { clientFirst, random, mockVerifier } = options;
  const verifier = options.verifier ?? mockVerifier;
  const { gs2Header, bare, clientNonce } = parseClientFirst(charactersOf(clientFirst, fromClient));
  const bound = checkBindingFlag(gs2Header, options);
  const nonce = clientNonce + random.toString("base64");
  const message = `r=${nonce},s=${verifier.salt.toString("base64")},i=${verifier.iterations}`;
  return {
    message: Buffer.from(message, "latin1"),
    verifier,
    mock: options.verifier === undefined,
    mechanism: options.mechanism,
    channel: Buffer.concat([Buffer.from(gs2Header, "latin1"), bound]),
    nonce,
    signedPrefix: `${bare},${message},`,
  };
}

/** Checks the client-final-message: the proof, in constant time, and what it is bound to. */
export function serverFinal(exchange: ScramServerExchange, clientFinal: Buffer): ScramServerResult {
  const { verifier, signedPrefix } = exchange;
  const { binding, nonce, proof, withoutProof } = parseClientFinal(
    charactersOf(clientFinal, fromClient),
  );
  if (binding !== exchange.channel.toString("base64")) {
    throw exchange.mechanism === scramPlusMechanism
      ? bindingFailed(
          "The sign-in is bound to another TLS connection than this one. Somebody may stand between client and gateway.",
        )
      : malformed(fromClient, "The channel binding differs from the one that was announced.");
  }
  if (nonce !== exchange.nonce) throw malformed(fromClient, "The nonce differs.");
  const signed = Buffer.from(signedPrefix + withoutProof, "latin1");
  const clientKey = xor(proof, hmac(verifier.storedKey, signed));
  const proven = timingSafeEqual(sha256(clientKey), verifier.storedKey);
  const signature = hmac(verifier.serverKey, signed);
  if (!proven || exchange.mock) return { ok: false };
  return { ok: true, message: Buffer.from(`v=${signature.toString("base64")}`, "latin1") };
}

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

const boundFlag = "p=tls-server-end-point";
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

const fromClient = "postgres.malformed_sasl";
const fromServer = "postgres.upstream_protocol";
type Fault = typeof fromClient | typeof fromServer;

function malformed(fault: Fault, reason: string): GatewayError {
  return new GatewayError(fault, `The SCRAM message is malformed. ${reason}`);
}

function bindingFailed(message: string): GatewayError {
  return new GatewayError("postgres.channel_binding_failed", message);
}

/** Bytes become characters one to one, so that what is signed is exactly what was sent. */
function charactersOf(message: Buffer, fault: Fault): string {
  if (message.length > scramMessageBytesMax) throw malformed(fault, "It is too long.");
  return message.toString("latin1");
}

function parseClientFirst(text: string) {
  const header = /^(?:n|y|p=[A-Za-z0-9.-]+),(a=[^,]*)?,/.exec(text);
  if (header === null) throw malformed(fromClient, "It has no channel binding flag.");
  if (header[1] !== undefined) {
    throw malformed(fromClient, "An authorization identity is not supported.");
  }
  const bare = text.slice(header[0].length);
  // A name may hold "," and "=" only escaped; a mandatory extension ("m=") can't be obeyed and so fails.
  const match = /^n=(?:[^,=\0]|=2C|=3D)*,r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,\0]+)*$/.exec(
    bare,
  );
  const clientNonce = match?.[1];
  if (clientNonce === undefined) throw malformed(fromClient, "It names no user and nonce.");
  return { gs2Header: header[0], bare, clientNonce };
}

/** What the client's header says of channel binding has to fit the mechanism and the offer; gives what is bound to. */
function checkBindingFlag(
  gs2Header: string,
  { mechanism, binding }: Pick<ScramServerFirstOptions, "mechanism" | "binding">,
): Buffer {
  const [flag] = gs2Header.split(",", 1);
  if (mechanism === scramPlusMechanism) {
    if (flag !== boundFlag || binding === null) {
      throw malformed(fromClient, "The channel binding has to be tls-server-end-point.");
    }
    return binding;
  }
  if (flag?.startsWith("p") === true) {
    throw malformed(fromClient, "Channel binding takes SCRAM-SHA-256-PLUS, through TLS.");
  }
  // "y": it could bind and thinks that the server can't. True, unless somebody took PLUS out of the offer.
  if (flag === "y" && binding !== null) {
    throw bindingFailed(
      "The client was not offered the channel binding that the gateway offers. Somebody may stand between them.",
    );
  }
  return Buffer.alloc(0);
}

function parseClientFinal(text: string) {
  const match =
    /^c=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-oq-z]=[^,\0]+)*,p=([A-Za-z0-9+/=]+)$/.exec(text);
  const [, binding, nonce, proofText = ""] = match ?? [];
  const proof = parseBase64(proofText);
  if (binding === undefined || nonce === undefined || proof?.length !== keyBytes) {
    throw malformed(fromClient, "It has no channel binding, nonce and proof.");
  }
  return { binding, nonce, proof, withoutProof: text.slice(0, text.lastIndexOf(",p=")) };
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

function xor(left: Buffer, right: Buffer): Buffer {
  const result = Buffer.alloc(keyBytes);
  for (let index = 0; index < keyBytes; index += 1) {
    result[index] = (left[index] as number) ^ (right[index] as number);
  }
  return result;
}
