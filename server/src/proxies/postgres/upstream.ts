/**
 * A session with the real database, opened with the credential that the agent never holds.
 *
 * Guarantees: SCRAM-SHA-256 with proof of the server, or no password at all; a password never leaves in
 * clear text. What an upstream says while signing in goes to the log's cause, never to the client.
 */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { GatewayError } from "#/core/errors.ts";
import type { Secret } from "#/core/secret.ts";
import { type BackendMessage, decodeBackend, type TransactionStatus } from "./codec-backend.ts";
import { encodeSaslInitialResponse, encodeSaslResponse, terminateFrame } from "./codec-frontend.ts";
import { encodeCancelRequest, encodeStartupMessage } from "./codec-startup.ts";
import { FrameSplitter } from "./frames.ts";
import {
  clientFinal,
  clientFirst,
  nonceBytes,
  type ScramClientExchange,
  type ScramClientStart,
  type ScramKeyCache,
  scramMechanism,
  verifyServerFinal,
} from "./scram.ts";

export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
  readonly keyCache: ScramKeyCache;
}

export interface Upstream {
  readonly socket: Socket;
  /** As the server reported them: `server_version`, `client_encoding`, … */
  readonly settings: ReadonlyMap<string, string>;
  readonly status: TransactionStatus;
  /** Asks the server to cancel what this session runs. */
  cancel(): void;
}

const connectTimeoutMs = 10_000;

/** Opens a session with the client's harmless start-up settings. Rejects with a `GatewayError`. */
export async function openUpstream(
  address: UpstreamAddress,
  settings: Iterable<readonly [string, string]>,
): Promise<Upstream> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  socket.setKeepAlive(true, keepAliveMs);
  const deadline = setTimeout(() => socket.destroy(new Error("timed out")), connectTimeoutMs);
  try {
    const conversation = converse(socket);
    await connected(socket);
    socket.write(
      encodeStartupMessage([["user", address.user], ["database", address.database], ...settings]),
    );
    await signIn(socket, conversation.next, address);
    const upstream = await greeting(socket, conversation.next, address);
    conversation.finish();
    return upstream;
  } catch (cause) {
    socket.destroy();
    if (!(cause instanceof GatewayError)) throw unreachable(cause);
    throw cause.code === "postgres.message_too_large" ? notPostgres(cause) : cause;
  } finally {
    clearTimeout(deadline);
  }
}

const keepAliveMs = 30_000;

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
}

/** The server's messages, one by one, while there is a conversation with it. */
type NextMessage = () => Promise<BackendMessage>;

interface Conversation {
  readonly next: NextMessage;
  /** Ends it with the socket paused; whatever comes next is the session's. */
  readonly finish: () => void;
}

function converse(socket: Socket): Conversation {
  const splitter = new FrameSplitter({
    direction: "backend",
    messageBytesMax: signInMessageBytesMax,
  });
  let wake = () => {};
  let ended: Error | null = null;
  const onData = (chunk: Buffer) => {
    splitter.push(chunk);
    wake();
  };
  const onEnd = (error?: unknown) => {
    ended ??= error instanceof Error ? error : new Error("the upstream closed the connection");
    wake();
  };
  socket.on("data", onData);
  socket.on("error", onEnd);
  socket.on("close", onEnd);
  return {
    async next() {
      for (;;) {
        const frame = splitter.next();
        if (frame?.kind === "frame") return decodeBackend(frame);
        if (ended !== null) throw unreachable(ended);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    finish() {
      socket.pause();
      socket.off("data", onData);
      socket.off("close", onEnd);
      // The listener for errors stays until the session has put its own beside it.
      if (splitter.bytesWaiting > 0) throw unsupportedSignIn();
    },
  };
}

const signInMessageBytesMax = 65_536;

async function signIn(socket: Socket, next: NextMessage, address: UpstreamAddress): Promise<void> {
  let start: ScramClientStart | null = null;
  let exchange: ScramClientExchange | null = null;
  let proven = false;
  for (;;) {
    const message = await next();
    switch (message.kind) {
      case "authentication_sasl":
        if (!message.mechanisms.includes(scramMechanism)) throw unsupportedSignIn();
        start = clientFirst(randomBytes(nonceBytes));
        socket.write(encodeSaslInitialResponse(scramMechanism, start.message));
        break;
      case "authentication_sasl_continue":
        if (start === null) throw unsupportedSignIn();
        exchange = await clientFinal(start, message.data, {
          user: address.user,
          password: address.password.reveal(),
          cache: address.keyCache,
        });
        socket.write(encodeSaslResponse(exchange.message));
        break;
      case "authentication_sasl_final":
        if (exchange === null) throw unsupportedSignIn();
        verifyServerFinal(exchange, message.data);
        proven = true;
        break;
      case "authentication_ok":
        // A server that was asked for a proof and skips it is not the server that knows the password.
        if (start !== null && !proven) throw unsupportedSignIn();
        return;
      case "error_response":
        throw refused(message.fields.code, message.fields.message);
      case "notice_response":
      case "negotiate_protocol_version":
        break;
      default:
        throw unsupportedSignIn();
    }
  }
}

async function greeting(
  socket: Socket,
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
          socket,
          settings,
          status: message.status,
          cancel: () => requestCancel(address, key),
        };
      case "error_response":
        throw refused(message.fields.code, message.fields.message);
      default:
        break;
    }
  }
}

/** PostgreSQL takes a cancel request on a connection of its own and answers nothing. */
function requestCancel(
  { host, port }: UpstreamAddress,
  key: { readonly processId: number; readonly secret: Buffer },
): void {
  const socket = connect({ host, port });
  socket.setTimeout(connectTimeoutMs, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.end(encodeCancelRequest(key));
}

export function closeUpstream(socket: Socket): void {
  if (!socket.destroyed) socket.end(terminateFrame);
}

function unreachable(cause: unknown): GatewayError {
  return new GatewayError("upstream.unreachable", "The upstream database could not be reached.", {
    cause,
  });
}

function notPostgres(cause: Error): GatewayError {
  return new GatewayError(
    "postgres.upstream_protocol",
    "The upstream database does not speak PostgreSQL's protocol.",
    { cause },
  );
}

function refused(code: string | undefined, message: string | undefined): GatewayError {
  return new GatewayError(
    "upstream.refused",
    "The upstream database refused the gateway's session. The gateway's log says why.",
    { details: { sqlstate: code ?? "" }, cause: new Error(message ?? "") },
  );
}

function unsupportedSignIn(): GatewayError {
  return new GatewayError(
    "upstream.refused",
    "The upstream database asks for a way to sign in that the gateway does not use; SCRAM-SHA-256 is needed.",
  );
}
