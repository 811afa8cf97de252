/**
 * How a client begins: whether it encrypts, and what it then wants. Everything here is said by somebody unknown.
 *
 * A request to cancel is taken with or without TLS, also where TLS is required: libpq before version 17 sends it in
 * the clear whatever the session does, so that refusing it would protect nobody.
 */
import { GatewayError } from "#/core/errors.ts";
import { alpnProtocol, type ClientWire } from "#/proxies/postgres/wire/client-wire.ts";
import type { CancelRequest, StartupMessage } from "#/proxies/postgres/wire/codec-startup.ts";
import type { ServerIdentity } from "#/tls/server-identity.ts";

export interface StartUpDeps {
  readonly identity: () => ServerIdentity;
  /** Whether a client at this address has to use TLS. */
  readonly requiresTls: (address: string) => boolean;
  readonly onCancel: (request: CancelRequest) => void;
}

/** Null: it was a request to cancel, which `onCancel` has got. */
export async function readStartup(
  wire: ClientWire,
  deps: StartUpDeps,
): Promise<StartupMessage | null> {
  if (await wire.beginsWithTls()) await encryptDirectly(wire, deps);
  // One request for each kind of encryption, then the start-up message itself.
  for (let packets = 0; packets < 3; packets += 1) {
    const packet = await wire.startup();
    switch (packet.kind) {
      case "gss_request":
        refuseTwice(wire);
        wire.refuseUnencrypted();
        wire.socket.write(gssRefusal);
        break;
      case "ssl_request":
        refuseTwice(wire);
        wire.refuseUnencrypted();
        wire.socket.write(tlsConsent);
        await wire.encrypt(deps.identity());
        break;
      case "cancel":
        deps.onCancel(packet);
        return null;
      case "startup":
        if (!wire.isEncrypted && deps.requiresTls(wire.socket.remoteAddress ?? "")) {
          throw tlsRequired();
        }
        return packet;
    }
  }
  throw malformed("Too many requests before the start-up packet.");
}

const gssRefusal = Buffer.from("N", "latin1");
const tlsConsent = Buffer.from("S", "latin1");

/** PostgreSQL 17's `sslnegotiation=direct`: there the protocol has to be named (RFC 7301). */
async function encryptDirectly(wire: ClientWire, { identity }: StartUpDeps): Promise<void> {
  const { protocol } = await wire.encrypt(identity());
  if (protocol === alpnProtocol) return;
  throw malformed(`TLS from the first byte has to name the protocol ${alpnProtocol} (ALPN).`);
}

function refuseTwice(wire: ClientWire): void {
  if (wire.isEncrypted) throw malformed("Encryption was asked for where there is encryption.");
}

function malformed(message: string): GatewayError {
  return new GatewayError("postgres.malformed_startup", message);
}

function tlsRequired(): GatewayError {
  return new GatewayError(
    "postgres.tls_required",
    "The gateway takes this client with TLS only: connect with sslmode=require, or verify-full.",
  );
}
