/**
 * The first words of a client: start-up packet, SCRAM-SHA-256 with or without PLUS, and who it turns out to be.
 *
 * Everything here is said by somebody unknown, so it is bounded in bytes and time. An unknown agent and a
 * wrong token look the same from outside, in words and in work.
 */
import { randomBytes } from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import type { Principal } from "#/core/principal.ts";
import { parseVerifier } from "#/identity/scram-keys.ts";
import type { SignInFailures } from "#/identity/sign-in-failures.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import { ClientGone, type ClientWire } from "#/proxies/postgres/wire/client-wire.ts";
import {
  negotiateProtocolVersion,
  type ProtocolMinor,
  type StartupMessage,
} from "#/proxies/postgres/wire/codec-startup.ts";
import {
  decodeSaslInitialResponse,
  decodeSaslResponse,
} from "#/proxies/postgres/wire/decode-frontend.ts";
import {
  authenticationOkFrame,
  encodeAuthenticationSasl,
  encodeAuthenticationSaslContinue,
  encodeAuthenticationSaslFinal,
} from "#/proxies/postgres/wire/encode-backend.ts";
import { nonceBytes } from "#/proxies/postgres/wire/scram/scram.ts";
import {
  makeMockVerifier,
  offeredMechanisms,
  serverFinal,
  serverFirst,
} from "#/proxies/postgres/wire/scram/scram-server.ts";
import { readStartup, type StartUpDeps } from "./start-up.ts";
import { readStartUpSettings } from "./start-up-settings.ts";

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
  /** With what it has shown who it is. */
  readonly scramVerifier: string;
  /** What the client calls the database: the connection's name. */
  readonly connection: string;
  readonly minor: ProtocolMinor;
  /** The start-up settings that may be passed on. */
  readonly settings: ReadonlyMap<string, string>;
  /** Why the agent says that it wants what it will do. */
  readonly agentReason: string | null;
  /** Bytes that came behind the sign-in. */
  readonly early: Buffer;
}

/** Null: the client is gone, was refused, or only sent a cancel request, which `onCancel` has got. */
export async function signIn(
  wire: ClientWire,
  deps: SignInDeps & StartUpDeps,
): Promise<SignedIn | null> {
  try {
    const startup = await readStartup(wire, deps);
    if (startup === null) {
      wire.socket.end();
      return null;
    }
    const wanted = readStartUpSettings(startup);
    if (wanted.refused !== null) {
      wire.socket.end(sessionError("FATAL", "0A000", wanted.refused));
      return null;
    }
    const negotiation = negotiateProtocolVersion(startup);
    if (negotiation !== undefined) wire.socket.write(negotiation);
    const agent = await authenticate(wire, startup, deps);
    if (agent === null) return null;
    const connection = startup.parameters.get("database") ?? startup.parameters.get("user") ?? "";
    const { settings, agentReason } = wanted;
    return {
      ...agent,
      connection,
      minor: startup.minor,
      settings,
      agentReason,
      early: wire.finish(),
    };
  } catch (error) {
    wire.finish();
    if (error instanceof ClientGone) return null;
    throw error;
  }
}

async function authenticate(
  wire: ClientWire,
  startup: StartupMessage,
  deps: SignInDeps,
): Promise<KnownAgent | null> {
  const user = startup.parameters.get("user") ?? "";
  const agent = deps.findAgent(user);
  const { socket, binding } = wire;
  const offered = offeredMechanisms(binding);
  socket.write(encodeAuthenticationSasl(offered));
  const initial = decodeSaslInitialResponse(await wire.frame());
  const mechanism = offered.find((each) => each === initial.mechanism);
  if (mechanism === undefined || initial.data === null) {
    throw new GatewayError("postgres.malformed_sasl", `Sign in with ${offered.join(" or ")}.`);
  }
  const exchange = serverFirst({
    clientFirst: initial.data,
    verifier: agent === null ? undefined : parseVerifier(agent.scramVerifier),
    mockVerifier: makeMockVerifier(user, Buffer.from(deps.mockKey)),
    random: randomBytes(nonceBytes),
    mechanism,
    binding,
  });
  socket.write(encodeAuthenticationSaslContinue(exchange.message));
  const result = serverFinal(exchange, decodeSaslResponse(await wire.frame()));
  if (!result.ok || agent === null) {
    deps.failures.note("postgres");
    const message = `Sign-in failed for agent "${user}": unknown name or wrong token.`;
    socket.end(sessionError("FATAL", "28P01", message));
    return null;
  }
  socket.write(encodeAuthenticationSaslFinal(result.message));
  socket.write(authenticationOkFrame);
  return agent;
}
