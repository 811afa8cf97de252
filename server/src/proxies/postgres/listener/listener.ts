/**
 * The PostgreSQL listener: accepts clients, signs them in, opens their upstream, and keeps count.
 *
 * Guarantees that strangers get bounded time, bytes and places, none of which an agent that has signed in needs;
 * that an error names no credential, and that stopping detaches what waits instead of cancelling it.
 */
import { createServer, type Server, type Socket } from "node:net";
import { asGatewayError, causeText, GatewayError } from "#/core/errors.ts";
import type { CallerId } from "#/core/ids.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { tokenReplaced } from "#/identity/agents.ts";
import type { BusyPoll } from "#/platform/busy-poll.ts";
import type { Clock } from "#/platform/clock.ts";
import { newId } from "#/platform/ids.ts";
import type { Log } from "#/platform/log.ts";
import type { PostgresConnection } from "#/proxies/postgres/connection.ts";
import type { Spools } from "#/proxies/postgres/copy/spool.ts";
import { fatalError, sessionError } from "#/proxies/postgres/present.ts";
import { requiredSettings } from "#/proxies/postgres/reply/reply.ts";
import { Session } from "#/proxies/postgres/session/session.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";
import { CancelKeys } from "#/proxies/postgres/upstream/cancel.ts";
import { openUpstream } from "#/proxies/postgres/upstream/upstream.ts";
import { ClientWire } from "#/proxies/postgres/wire/client-wire.ts";
import type { CancelRequest } from "#/proxies/postgres/wire/codec-startup.ts";
import {
  encodeBackendKeyData,
  encodeParameterStatus,
  encodeReadyForQuery,
} from "#/proxies/postgres/wire/encode-backend.ts";
import { type SignedIn, type SignInDeps, signIn } from "./sign-in.ts";
import type { StartUpDeps } from "./start-up.ts";

export interface ListenerOptions extends SignInDeps, Pick<StartUpDeps, "identity" | "requiresTls"> {
  readonly host: string;
  readonly port: number;
  readonly connections: ReadonlyMap<string, PostgresConnection>;
  readonly connectionsMax: number;
  readonly messageBytesMax: number;
  /** Keeps the data of COPYs that wait for people. */
  readonly spools: Spools;
  readonly classifier: Classifier;
  readonly enforcement: EnforcementDeps;
  readonly clock: Clock;
  readonly busyPoll: BusyPoll;
  readonly log: Log;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Those who have signed in with a token that this agent has no more: what waits is cancelled, what runs may end. */
  endSessionsOf(agent: string): void;
  /** Takes no more clients, detaches what waits, and gives what runs time to end. */
  close(): Promise<void>;
}

/** From the connection to the end of the sign-in. */
export const signInMs = 15_000;
/** From there until the upstream's session is ready, or the client is told that it can't be had. */
export const sessionOpenMs = 30_000;
/** Connections that have not signed in; one more costs the oldest of them its place. */
export const strangersMax = 256;
const keepAliveMs = 30_000;
const backlogMax = 1024;
/** How long a client that was told its last may take to read it and close its side. */
const lingerMs = 1000;

/** Rejects with `listener.port_taken` where somebody else listens. */
export async function startPostgresListener(options: ListenerOptions): Promise<Listener> {
  const sessions = new Set<Session>();
  const cancelKeys = new CancelKeys();
  /** Whoever is connected: those who have signed in and have a place, and all others. */
  const clients = new Set<Socket>();
  const strangers = new Map<Socket, ClientWire>();
  /** False: every place is taken. */
  const seat = (socket: Socket): boolean => {
    if (clients.size >= options.connectionsMax) return false;
    strangers.delete(socket);
    clients.add(socket);
    return true;
  };
  const server = createServer({ pauseOnConnect: false, noDelay: true }, (socket) => {
    const [oldest] = strangers;
    if (strangers.size >= strangersMax && oldest !== undefined) {
      const [connection, said] = oldest;
      strangers.delete(connection);
      said.socket.write(madeRoom);
      said.socket.destroySoon();
      destroyLater(connection);
    }
    const wire = new ClientWire(socket);
    strangers.set(socket, wire);
    socket.on("close", () => {
      strangers.delete(socket);
      clients.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    // Else somebody who never closes would keep a place for ever.
    socket.once("finish", () => destroyLater(socket));
    socket.setKeepAlive(true, keepAliveMs);
    accept(wire, { ...options, seat: () => seat(socket) }, sessions, cancelKeys)
      .catch((error: unknown) => {
        const failure = asGatewayError(error, "The session failed.");
        options.log.warn("session.refused", { code: failure.code, cause: causeText(failure) });
        // Where the session has failed by itself it has said so already.
        if (!wire.socket.writableEnded) wire.socket.end(fatalError(failure));
      })
      .finally(() => {
        // Also where they never read what they were told.
        if (strangers.has(socket) || wire.socket.writableEnded) destroyLater(socket);
      });
  });
  await listen(server, options);
  const address = server.address();
  return {
    host: options.host,
    port: typeof address === "object" && address !== null ? address.port : options.port,
    endSessionsOf(agent) {
      for (const session of sessions) {
        if (session.agent === agent) void session.end("cancelled", tokenReplaced);
      }
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of strangers.keys()) socket.destroy();
      await Promise.all([...sessions].map((session) => session.end("detached", stopping)));
      for (const socket of [...strangers.keys(), ...clients]) destroyLater(socket);
      await closed;
    },
  };
}

function destroyLater(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}

function listen(server: Server, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE";
      const message = taken
        ? `Port ${port} on ${host} is taken by another process. Stop it, or set COUNTERSIGN_POSTGRES_PORT.`
        : `The PostgreSQL listener can't listen on ${host}:${port} (${cause.code ?? "unknown"}).`;
      reject(new GatewayError("listener.port_taken", message, { cause }));
    });
    server.listen({ host, port, backlog: backlogMax });
  });
}

interface AcceptOptions extends ListenerOptions {
  /** Gives a place to a client that has signed in. */
  readonly seat: () => boolean;
}

const stopping =
  "The gateway is shutting down. A statement that waits keeps its review; run it again later.";
const madeRoom = sessionError(
  "FATAL",
  "53300",
  "The gateway has too many connections that have not signed in, and this was the oldest.",
);
const noPlace = sessionError("FATAL", "53300", "The gateway has too many clients already.");

async function accept(
  wire: ClientWire,
  options: AcceptOptions,
  sessions: Set<Session>,
  cancelKeys: CancelKeys,
): Promise<void> {
  // With the TLS handshake.
  const stop = options.clock.after(signInMs, () => wire.socket.destroy());
  const onCancel = (request: CancelRequest) => cancelKeys.request(request);
  const signedIn = await signIn(wire, { ...options, onCancel }).finally(stop);
  if (signedIn === null) return;
  const { socket } = wire;
  if (options.seat()) await open(socket, signedIn, options, sessions, cancelKeys);
  else socket.end(noPlace);
}

async function open(
  socket: Socket,
  signedIn: SignedIn,
  options: ListenerOptions,
  sessions: Set<Session>,
  cancelKeys: CancelKeys,
): Promise<void> {
  const { principal, minor, early } = signedIn;
  const connection = options.connections.get(signedIn.connection);
  if (connection === undefined) {
    const message = `There is no connection "${signedIn.connection}". The database of a connection string names the gateway's connection.`;
    socket.end(sessionError("FATAL", "3D000", message));
    return;
  }
  const id = newId<CallerId>("ses", options.clock.now());
  const log = options.log.child({ sessionId: id, agent: principal.name });
  const upstream = await openUpstream(connection.address, upstreamSettings(signedIn.settings));
  const stopWaiting = options.clock.after(sessionOpenMs, () => upstream.socket.destroy());
  const session = new Session(
    {
      id,
      caller: id,
      principal,
      agentReason: signedIn.agentReason,
      connection,
      upstream,
      classifier: options.classifier,
      enforcement: options.enforcement,
      messageBytesMax: options.messageBytesMax,
      spools: options.spools,
      clock: options.clock,
      party: options.busyPoll.party(),
      log,
      onEnd: () => {
        sessions.delete(session);
        cancelKeys.revoke(key);
        destroyLater(socket);
        log.info("session.ended");
      },
    },
    socket,
  );
  const key = cancelKeys.issue(minor, upstream.processId, () => session.cancel());
  sessions.add(session);
  // It has got another while the database was asked.
  const isCurrent = options.findAgent(principal.name)?.scramVerifier === signedIn.scramVerifier;
  if (!isCurrent) {
    stopWaiting();
    return session.end("cancelled", tokenReplaced);
  }
  try {
    await session.prepare();
  } catch (error) {
    session.abandon();
    throw error;
  } finally {
    stopWaiting();
  }
  if (socket.destroyed || socket.writableEnded) {
    await session.end("cancelled");
    return;
  }
  socket.write(
    Buffer.concat([
      ...[...upstream.settings].map(([name, value]) => encodeParameterStatus(name, value)),
      encodeBackendKeyData(key.processId, key.secret),
      encodeReadyForQuery("idle"),
    ]),
  );
  log.info("session.opened", { connection: connection.resource.connection });
  session.start(early);
}

/** What the gateway needs to judge commands comes last, so that it stands. */
function upstreamSettings(settings: ReadonlyMap<string, string>): Iterable<[string, string]> {
  const kept = [...settings].filter(([name]) => !(name in requiredSettings));
  return [...kept, ["client_encoding", "UTF8"], ["standard_conforming_strings", "on"]];
}
