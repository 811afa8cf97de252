/**
 * The first words of a client: start-up packet, SCRAM-SHA-256, and who it turns out to be.
 *
 * Everything here is said by somebody unknown, so it is bounded in bytes and time. An unknown agent and a
 * wrong token look the same from outside, in words and in work.
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { GatewayError } from "#/core/errors.ts";
import type { Principal } from "#/core/principal.ts";
import { parseVerifier } from "#/identity/scram-keys.ts";
import type { SignInFailures } from "#/identity/sign-in-failures.ts";
import {
  authenticationOkFrame,
  encodeAuthenticationSasl,
  encodeAuthenticationSaslContinue,
  encodeAuthenticationSaslFinal,
} from "./codec-backend.ts";
import { decodeSaslInitialResponse, decodeSaslResponse } from "./codec-frontend.ts";
import {
  type CancelRequest,
  negotiateProtocolVersion,
  type ProtocolMinor,
  parseStartup,
  type StartupMessage,
} from "./codec-startup.ts";
import { type Frame, FrameSplitter } from "./frames.ts";
import { sessionError } from "./present.ts";
import { makeMockVerifier, nonceBytes, scramMechanism, serverFinal, serverFirst } from "./scram.ts";

/** An agent that may sign in, with PostgreSQL's text of its verifier. */
export interface KnownAgent {
  readonly principal: Principal;
  readonly scramVerifier: string;
}

export interface SignInDeps {
  readonly findAgent: (name: string) => KnownAgent | null;
  readonly failures: SignInFailures;
  /** Keys the answers to unknown names. */
  readonly mockKey: Uint8Array;
}

export interface SignedIn {
  readonly principal: Principal;
  /** What the client calls the database: the connection's name. */
  readonly connection: string;
  readonly minor: ProtocolMinor;
  /** The start-up settings that may be passed on. */
  readonly settings: ReadonlyMap<string, string>;
  /** Bytes that came behind the sign-in. */
  readonly early: Buffer;
}

/** Null: the client is gone, was refused, or only sent a cancel request, which `onCancel` has got. */
export async function signIn(
  socket: Socket,
  deps: SignInDeps,
  onCancel: (request: CancelRequest) => void,
): Promise<SignedIn | null> {
  const reader = new ClientReader(socket);
  try {
    const startup = await readStartup(socket, reader, onCancel);
    if (startup === null) return null;
    const refusal = startupRefusal(startup);
    if (refusal !== null) {
      socket.end(refusal);
      return null;
    }
    const negotiation = negotiateProtocolVersion(startup);
    if (negotiation !== undefined) socket.write(negotiation);
    const principal = await authenticate(socket, reader, startup, deps);
    if (principal === null) return null;
    const connection = startup.parameters.get("database") ?? startup.parameters.get("user") ?? "";
    const settings = new Map(
      [...startup.parameters].filter(([name]) => passedSettings.includes(name)),
    );
    return { principal, connection, minor: startup.minor, settings, early: reader.finish() };
  } catch (error) {
    reader.finish();
    if (error instanceof ClientGone) return null;
    throw error;
  }
}

/** Settings of the start-up packet that change the form of answers and nothing else. */
const passedSettings: readonly string[] = [
  "application_name",
  "DateStyle",
  "TimeZone",
  "client_encoding",
  "datestyle",
  "extra_float_digits",
  "timezone",
];

const namedParameters: readonly string[] = ["user", "database", "replication", "options"];

async function readStartup(
  socket: Socket,
  reader: ClientReader,
  onCancel: (request: CancelRequest) => void,
): Promise<StartupMessage | null> {
  // One request for each kind of encryption, then the start-up message itself.
  for (let packets = 0; packets < 3; packets += 1) {
    const packet = await reader.startup();
    switch (packet.kind) {
      case "ssl_request":
      case "gss_request":
        socket.write(notAvailable);
        break;
      case "cancel":
        onCancel(packet);
        socket.end();
        return null;
      case "startup":
        return packet;
    }
  }
  throw new GatewayError(
    "postgres.malformed_startup",
    "Too many requests before the start-up packet.",
  );
}

const notAvailable = Buffer.from("N", "latin1");

function startupRefusal({ parameters }: StartupMessage): Buffer | null {
  const replication = parameters.get("replication");
  if (replication !== undefined && !["false", "off", "no", "0"].includes(replication)) {
    return sessionError("FATAL", "0A000", "Replication is not carried by the gateway.");
  }
  if ((parameters.get("options") ?? "").trim() !== "") {
    const message = "Start-up options are not carried by the gateway; use SET after connecting.";
    return sessionError("FATAL", "0A000", message);
  }
  const encoding = parameters.get("client_encoding") ?? "UTF8";
  if (!/^['"]?(?:utf-?8|unicode|auto)['"]?$/i.test(encoding)) {
    const message = `The client asks for the encoding ${encoding}; the gateway carries UTF8 only.`;
    return sessionError("FATAL", "0A000", message);
  }
  const unknown = [...parameters.keys()].filter(
    (name) => !passedSettings.includes(name) && !namedParameters.includes(name),
  );
  if (unknown.length > 0) {
    const message = `Start-up settings that the gateway does not carry: ${unknown.join(", ")}. Use SET after connecting.`;
    return sessionError("FATAL", "0A000", message);
  }
  return null;
}

async function authenticate(
  socket: Socket,
  reader: ClientReader,
  startup: StartupMessage,
  deps: SignInDeps,
): Promise<Principal | null> {
  const user = startup.parameters.get("user") ?? "";
  const agent = deps.findAgent(user);
  socket.write(encodeAuthenticationSasl([scramMechanism]));
  const initial = decodeSaslInitialResponse(await reader.frame());
  if (initial.mechanism !== scramMechanism || initial.data === null) {
    throw new GatewayError("postgres.malformed_sasl", `Sign in with ${scramMechanism}.`);
  }
  const exchange = serverFirst({
    clientFirst: initial.data,
    verifier: agent === null ? undefined : parseVerifier(agent.scramVerifier),
    mockVerifier: makeMockVerifier(user, Buffer.from(deps.mockKey)),
    random: randomBytes(nonceBytes),
  });
  socket.write(encodeAuthenticationSaslContinue(exchange.message));
  const result = serverFinal(exchange, decodeSaslResponse(await reader.frame()));
  if (!result.ok || agent === null) {
    deps.failures.note("postgres");
    const message = `Sign-in failed for agent "${user}": unknown name or wrong token.`;
    socket.end(sessionError("FATAL", "28P01", message));
    return null;
  }
  socket.write(encodeAuthenticationSaslFinal(result.message));
  socket.write(authenticationOkFrame);
  return agent.principal;
}

class ClientGone extends Error {}

/** Reads from a socket step by step, until the session takes it over. */
class ClientReader {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #gone = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#onData);
    socket.on("close", this.#onGone);
    socket.on("end", this.#onGone);
  }

  async startup() {
    for (;;) {
      const read = parseStartup(this.#bytes);
      if (read !== undefined) {
        this.#bytes = this.#bytes.subarray(read.bytesUsed);
        return read.packet;
      }
      await this.#more();
    }
  }

  /** One message of the sign-in; a splitter of its own for each, because what follows belongs to the session. */
  async frame(): Promise<Frame> {
    for (;;) {
      const splitter = new FrameSplitter({ direction: "frontend", messageBytesMax: earlyBytesMax });
      splitter.push(this.#bytes);
      const item = splitter.next();
      if (item?.kind === "frame") {
        this.#bytes = this.#bytes.subarray(item.bytes.length);
        return item;
      }
      await this.#more();
    }
  }

  /** Stops reading, with the socket paused; gives back what was not used. */
  finish(): Buffer {
    this.#socket.pause();
    this.#socket.off("data", this.#onData);
    this.#socket.off("close", this.#onGone);
    this.#socket.off("end", this.#onGone);
    return this.#bytes;
  }

  async #more(): Promise<void> {
    if (this.#gone) throw new ClientGone();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#gone) throw new ClientGone();
  }

  #onData = (chunk: Buffer): void => {
    if (this.#bytes.length + chunk.length > earlyBytesMax) {
      this.#socket.destroy();
      return;
    }
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#wake();
  };

  #onGone = (): void => {
    this.#gone = true;
    this.#wake();
  };
}

/** What may be sent before the sign-in is through. */
const earlyBytesMax = 128 * 1024;
