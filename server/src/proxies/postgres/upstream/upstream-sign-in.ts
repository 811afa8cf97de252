/**
 * The gateway's sign-in at a database server.
 *
 * Guarantees: by SCRAM, bound to the TLS connection where there is one, and with proof of the server; by a password
 * as such only through TLS to a server that has shown its certificate; by the gateway's own certificate, or whatever
 * else the server is content with, without a password. Never by MD5, which whoever listens can turn into a sign-in.
 */
import { randomBytes } from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import type { Secret } from "#/core/secret.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import type { ProtocolMinor } from "#/proxies/postgres/wire/codec-startup.ts";
import {
  encodePassword,
  encodeSaslInitialResponse,
  encodeSaslResponse,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { nonceBytes } from "#/proxies/postgres/wire/scram/scram.ts";
import {
  chooseMechanism,
  clientFinal,
  clientFirst,
  type ScramClientExchange,
  type ScramClientStart,
  type ScramKeyCache,
  verifyServerFinal,
} from "#/proxies/postgres/wire/scram/scram-client.ts";
import type { UpstreamWire } from "#/proxies/postgres/wire/upstream-wire.ts";

export interface UpstreamCredential {
  readonly user: string;
  /** Null: the server is content with the gateway's certificate. */
  readonly password: Secret | null;
  readonly keyCache: ScramKeyCache;
}

/** The server's messages, one by one, while there is a conversation with it. */
export type NextMessage = () => Promise<BackendMessage>;

/** Resolves with the minor version that is spoken from here. */
export async function signInUpstream(
  { incoming: { socket }, isEncrypted, binding }: UpstreamWire,
  next: NextMessage,
  credential: UpstreamCredential,
  asked: ProtocolMinor,
): Promise<ProtocolMinor> {
  let minor = asked;
  let start: ScramClientStart | null = null;
  let exchange: ScramClientExchange | null = null;
  let proven = false;
  for (;;) {
    const message = await next();
    switch (message.kind) {
      case "negotiate_protocol_version":
        if (start !== null) throw unsupported();
        minor = negotiated(message, asked);
        break;
      case "authentication_sasl": {
        const chosen = chooseMechanism(message.mechanisms, binding);
        if (chosen === null || start !== null) throw unsupported();
        start = clientFirst(randomBytes(nonceBytes), chosen.binding);
        socket.write(encodeSaslInitialResponse(chosen.mechanism, start.message));
        break;
      }
      case "authentication_sasl_continue":
        if (start === null || exchange !== null) throw unsupported();
        exchange = await clientFinal(start, message.data, {
          user: credential.user,
          password: passwordOf(credential),
          cache: credential.keyCache,
        });
        socket.write(encodeSaslResponse(exchange.message));
        break;
      case "authentication_sasl_final":
        if (exchange === null) throw unsupported();
        verifyServerFinal(exchange, message.data);
        proven = true;
        break;
      case "authentication_cleartext":
        if (!isEncrypted) throw cleartextRefused();
        // A server that has begun with SCRAM has no use for the password itself.
        if (start !== null) throw unsupported();
        socket.write(encodePassword(passwordOf(credential)));
        break;
      case "authentication_md5":
        throw md5Refused();
      case "authentication_ok":
        // A server that was asked for a proof and skips it is not the server that knows the password.
        if (start !== null && !proven) throw unsupported();
        return minor;
      case "error_response":
        throw refused(message.fields.code, message.fields.message);
      case "notice_response":
        break;
      default:
        throw unsupported();
    }
  }
}

export function refused(code: string | undefined, message: string | undefined): GatewayError {
  return new GatewayError(
    "upstream.refused",
    "The upstream database refused the gateway's session. The gateway's log says why.",
    { details: { sqlstate: code ?? "" }, cause: new Error(message ?? "") },
  );
}

/** A server may go down to what it knows, and has no business with options that nobody named. */
function negotiated(
  message: Extract<BackendMessage, { kind: "negotiate_protocol_version" }>,
  asked: ProtocolMinor,
): ProtocolMinor {
  const { minor, unknownOptions } = message;
  if (unknownOptions.length > 0 || minor > asked || (minor !== 0 && minor !== 2)) {
    throw new GatewayError(
      "postgres.upstream_protocol",
      "The upstream database negotiates a protocol version that was not asked for.",
    );
  }
  return minor;
}

function passwordOf({ password }: UpstreamCredential): string {
  if (password !== null) return password.reveal();
  throw new GatewayError(
    "upstream.refused",
    "The upstream database asks for a password, and the connection's upstream has none. Set `password`, or let " +
      "pg_hba.conf take the gateway's certificate (`cert`).",
  );
}

function cleartextRefused(): GatewayError {
  return new GatewayError(
    "upstream.refused",
    "The upstream database asks for the password in clear text, which it gets through TLS only. Set " +
      "`upstream.tls` on the connection, or let pg_hba.conf ask for scram-sha-256.",
  );
}

function md5Refused(): GatewayError {
  return new GatewayError(
    "upstream.refused",
    "The upstream database asks for an MD5 password, which the gateway does not send. Set `password_encryption` to " +
      "scram-sha-256 there, give the role its password anew, and let pg_hba.conf ask for scram-sha-256.",
  );
}

function unsupported(): GatewayError {
  return new GatewayError(
    "upstream.refused",
    "The upstream database asks for a way to sign in that the gateway does not use. It uses SCRAM-SHA-256, a password " +
      "through TLS, or a certificate.",
  );
}
