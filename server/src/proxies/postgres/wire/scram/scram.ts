/**
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), both sides, as PostgreSQL speaks them: the gateway
 * is the server for agents (`scram-server.ts`) and the client for upstreams (`scram-client.ts`). Here is what both have in common.
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
import { GatewayError } from "#/core/errors.ts";
import { keyBytes } from "#/identity/scram-keys.ts";

export const scramMechanism = "SCRAM-SHA-256";
export const scramPlusMechanism = "SCRAM-SHA-256-PLUS";
export type ScramMechanism = typeof scramMechanism | typeof scramPlusMechanism;
/** The most that a message of the exchange may hold; real ones have some hundred bytes. */
const scramMessageBytesMax = 4096;
export const nonceBytes = 18;

export const boundFlag = "p=tls-server-end-point";

export const fromClient = "postgres.malformed_sasl";
export const fromServer = "postgres.upstream_protocol";
type Fault = typeof fromClient | typeof fromServer;

export function malformed(fault: Fault, reason: string): GatewayError {
  return new GatewayError(fault, `The SCRAM message is malformed. ${reason}`);
}

/** Bytes become characters one to one, so that what is signed is exactly what was sent. */
export function charactersOf(message: Buffer, fault: Fault): string {
  if (message.length > scramMessageBytesMax) throw malformed(fault, "It is too long.");
  return message.toString("latin1");
}

export function xor(left: Buffer, right: Buffer): Buffer {
  const result = Buffer.alloc(keyBytes);
  for (let index = 0; index < keyBytes; index += 1) {
    result[index] = (left[index] as number) ^ (right[index] as number);
  }
  return result;
}
