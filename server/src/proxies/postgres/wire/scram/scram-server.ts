/** The side of the server, which holds verifiers and no password. */
import { timingSafeEqual } from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import {
  hmac,
  iterationsMin,
  keyBytes,
  parseBase64,
  type ScramVerifier,
  sha256,
} from "#/identity/scram-keys.ts";
import {
  boundFlag,
  charactersOf,
  fromClient,
  malformed,
  type ScramMechanism,
  scramMechanism,
  scramPlusMechanism,
  xor,
} from "./scram.ts";

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

function bindingFailed(message: string): GatewayError {
  return new GatewayError("postgres.channel_binding_failed", message);
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
