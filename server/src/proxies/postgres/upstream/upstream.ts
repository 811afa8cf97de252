/**
 * A session with the real database, opened with the credential that the agent never holds.
 *
 * What an upstream says while signing in goes to the log's cause, never to the client. Requests to cancel go the
 * same way as the session, through TLS where it does.
 */
import type { Socket } from "node:net";
import { GatewayError } from "#/core/errors.ts";
import type { HealthKeeper } from "#/enforcement/keep-health.ts";
import type { TransactionStatus } from "#/proxies/postgres/wire/backend-messages.ts";
import { encodeStartupMessage, type ProtocolMinor } from "#/proxies/postgres/wire/codec-startup.ts";
import { terminateFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import type { Incoming } from "#/proxies/postgres/wire/incoming.ts";
import {
  connectTimeoutMs,
  openTcp,
  readyWire,
  type UpstreamEndpoint,
  unreachable,
} from "#/proxies/postgres/wire/upstream-wire.ts";
import { converse, notPostgres } from "./conversation.ts";
import { isOfConnection } from "./of-connection.ts";
import { requestCancel } from "./request-cancel.ts";
import {
  type NextMessage,
  refused,
  signInUpstream,
  type UpstreamCredential,
} from "./upstream-sign-in.ts";

export interface UpstreamAddress extends UpstreamEndpoint, UpstreamCredential {
  readonly database: string;
  /** Hears of every session that was opened or could not be; null where nobody asks. */
  readonly health: Pick<HealthKeeper, "reached" | "failed"> | null;
  /** What is known of the server: see `openUpstream`. */
  readonly known: KnownUpstream;
}

export interface KnownUpstream {
  /** The minor version to ask for. */
  minor: ProtocolMinor;
}

export interface Upstream {
  readonly socket: Socket;
  /** What comes from it. */
  readonly incoming: Incoming;
  /** As the server reported them: `server_version`, `client_encoding`, … */
  readonly settings: ReadonlyMap<string, string>;
  readonly status: TransactionStatus;
  /** Of the server's process; 0 where it told none. Poolers tell a number of their own. */
  readonly processId: number;
  /** Asks the server to cancel what this session runs. Resolves when it has taken that in, or could not be asked. */
  cancel(): Promise<void>;
}

/**
 * Opens a session with the client's harmless start-up settings. Rejects with a `GatewayError`.
 *
 * Protocol 3.2 is asked for, which servers before PostgreSQL 18 turn down to 3.0 in the prescribed way. Poolers and
 * the like refuse instead, or hang up; then 3.0 is asked for, and from then on at once.
 */
export async function openUpstream(
  address: UpstreamAddress,
  settings: Iterable<readonly [string, string]>,
): Promise<Upstream> {
  const parameters = [...settings];
  try {
    const upstream = await openInVersion(address, parameters);
    address.health?.reached(upstream.settings.get("server_version") ?? null);
    return upstream;
  } catch (error) {
    const failure = failureOf(error);
    if (isOfConnection(failure, parameters.length > 0)) address.health?.failed(failure);
    throw failure;
  }
}

async function openInVersion(
  address: UpstreamAddress,
  parameters: readonly (readonly [string, string])[],
): Promise<Upstream> {
  const { minor } = address.known;
  try {
    return await openSession(address, parameters, minor);
  } catch (error) {
    if (minor === 0 || !(error instanceof VersionRefused)) throw error;
  }
  const upstream = await openSession(address, parameters, 0);
  address.known.minor = 0;
  return upstream;
}

/** The server has said nothing but that it refuses, or not even that. */
class VersionRefused extends Error {}

/** The first message shows whether the server speaks the version that it was asked for. */
function watchVersion(next: NextMessage): NextMessage {
  let isFirst = true;
  return async () => {
    if (!isFirst) return next();
    isFirst = false;
    const message = await next().catch((cause: GatewayError) => {
      const isOther = cause.cause === timedOut || cause.code === "upstream.tls_failed";
      throw isOther ? cause : new VersionRefused("", { cause });
    });
    if (message.kind !== "error_response") return message;
    const { code = "", message: words } = message.fields;
    const cause = refused(code, words);
    throw versionErrors.includes(code) ? new VersionRefused("", { cause }) : cause;
  };
}

/** feature_not_supported, protocol_violation */
const versionErrors = ["0A000", "08P01"];
const timedOut = new Error("timed out");

async function openSession(
  address: UpstreamAddress,
  settings: readonly (readonly [string, string])[],
  minor: ProtocolMinor,
): Promise<Upstream> {
  const tcp = openTcp(address);
  tcp.socket.setKeepAlive(true, keepAliveMs);
  const deadline = setTimeout(() => tcp.socket.destroy(timedOut), connectTimeoutMs);
  try {
    const wire = await readyWire(tcp, address);
    const conversation = converse(wire.incoming);
    const next = watchVersion(conversation.next);
    wire.incoming.socket.write(
      encodeStartupMessage(
        [["user", address.user], ["database", address.database], ...settings],
        minor,
      ),
    );
    await signInUpstream(wire, next, address, minor);
    const upstream = await greeting(wire.incoming, next, address);
    conversation.finish();
    return upstream;
  } catch (error) {
    tcp.socket.destroy();
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

function failureOf(error: unknown): GatewayError {
  const cause = error instanceof VersionRefused ? error.cause : error;
  if (!(cause instanceof GatewayError)) return unreachable(cause);
  return cause.code === "postgres.message_too_large" ? notPostgres(cause) : cause;
}

const keepAliveMs = 30_000;

async function greeting(
  incoming: Incoming,
  next: NextMessage,
  address: UpstreamAddress,
): Promise<Upstream> {
  const settings = new Map<string, string>();
  let key = { processId: 0, secret: Buffer.alloc(4) };
  for (;;) {
    const message = await next();
    switch (message.kind) {
      case "parameter_status":
        settings.set(message.name, message.value);
        break;
      case "backend_key_data":
        key = { processId: message.processId, secret: Buffer.from(message.secret) };
        break;
      case "ready_for_query":
        return {
          socket: incoming.socket,
          incoming,
          settings,
          status: message.status,
          processId: key.processId,
          cancel: () => requestCancel(address, key),
        };
      case "error_response":
        throw refused(message.fields.code, message.fields.message);
      default:
        break;
    }
  }
}

export function closeUpstream(socket: Socket): void {
  if (!socket.destroyed) socket.end(terminateFrame);
}
