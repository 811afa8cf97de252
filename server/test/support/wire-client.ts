/** A PostgreSQL client that sends exactly the frames that a test gives it, and tells exactly what came back. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { GatewayError } from "#/core/errors.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeCancelRequest,
  encodeStartupMessage,
  type ProtocolMinor,
} from "#/proxies/postgres/wire/codec-startup.ts";
import { decodeBackend } from "#/proxies/postgres/wire/decode-backend.ts";
import {
  encodeQuery,
  encodeSaslInitialResponse,
  encodeSaslResponse,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { FrameSplitter } from "#/proxies/postgres/wire/frame-splitter.ts";
import { nonceBytes, scramMechanism } from "#/proxies/postgres/wire/scram/scram.ts";
import { clientFinal, clientFirst } from "#/proxies/postgres/wire/scram/scram-client.ts";

export interface WireAddress {
  readonly host: string;
  readonly port: number;
}

export interface WireLogin extends WireAddress {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly minor?: ProtocolMinor;
  readonly onMessage?: (message: BackendMessage) => void;
  /** A connection that is there already, such as one through TLS; then host and port are for cancelling alone. */
  readonly over?: Socket;
  /** Keeps its side open when the server has closed the other. */
  readonly allowHalfOpen?: boolean;
}

export interface WireClient {
  readonly socket: Socket;
  /** What came back up to the first ReadyForQuery. */
  readonly greeting: readonly BackendMessage[];
  send(...frames: readonly Uint8Array[]): void;
  /** Null once the server has closed the connection. */
  next(): Promise<BackendMessage | null>;
  /** Everything up to the first message that `isLast` takes, or up to the end of the connection. */
  until(isLast: (message: BackendMessage) => boolean): Promise<readonly BackendMessage[]>;
  /** Sends the frames and waits for ReadyForQuery or the end. */
  batch(...frames: readonly Uint8Array[]): Promise<readonly BackendMessage[]>;
  query(sql: string): Promise<readonly BackendMessage[]>;
  /** Sends a cancel request with this session's key; resolves when the gateway has taken it. */
  cancel(): Promise<void>;
  /** Leaves without a word. */
  destroy(): void;
}

/** Reads messages from a socket, whoever is on the other side. */
export function readMessages(
  socket: Socket,
  onMessage: (message: BackendMessage) => void = () => {},
): Pick<WireClient, "next" | "until"> {
  const splitter = new FrameSplitter({ direction: "backend" });
  const received: BackendMessage[] = [];
  let ended = false;
  let wake = () => {};
  socket.on("data", (chunk: Buffer) => {
    splitter.push(chunk);
    for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
      if (item.kind !== "frame") continue;
      const message = decodeBackend(item);
      received.push(message);
      onMessage(message);
    }
    wake();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    ended = true;
    wake();
  });

  async function next(): Promise<BackendMessage | null> {
    for (;;) {
      const message = received.shift();
      if (message !== undefined) return message;
      if (ended) return null;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  async function until(isLast: (message: BackendMessage) => boolean) {
    const messages: BackendMessage[] = [];
    for (let message = await next(); message !== null; message = await next()) {
      messages.push(message);
      if (isLast(message)) break;
    }
    return messages;
  }
  return { next, until };
}

export const isReady = ({ kind }: BackendMessage): boolean => kind === "ready_for_query";

/** Rejects with what the server said if it does not let the client in. */
export async function connectWire(login: WireLogin): Promise<WireClient> {
  const { host, port, user, password, database, settings = {}, onMessage } = login;
  const { allowHalfOpen = false } = login;
  const socket = login.over ?? connect({ host, port, noDelay: true, allowHalfOpen });
  const reader = readMessages(socket, onMessage);
  socket.write(
    encodeStartupMessage(
      [["user", user], ["database", database], ...Object.entries(settings)],
      login.minor,
    ),
  );
  await signIn(socket, reader, { user, password });
  const greeting = await reader.until(isReady);
  if (!greeting.some(isReady)) throw refusalOf(greeting);
  const send = (...frames: readonly Uint8Array[]) => {
    socket.write(Buffer.concat(frames));
  };
  const batch = (...frames: readonly Uint8Array[]) => {
    send(...frames);
    return reader.until(isReady);
  };
  return {
    socket,
    greeting,
    ...reader,
    send,
    batch,
    query: (sql) => batch(encodeQuery(sql)),
    async cancel() {
      const key = greeting.find((message) => message.kind === "backend_key_data");
      if (key?.kind !== "backend_key_data") throw new Error("no key");
      const asking = connect({ host, port });
      asking.end(encodeCancelRequest(key));
      asking.resume();
      await once(asking, "close");
    },
    destroy: () => socket.destroy(),
  };
}

async function signIn(
  socket: Socket,
  { next }: Pick<WireClient, "next">,
  credential: { readonly user: string; readonly password: string },
): Promise<void> {
  const start = clientFirst(randomBytes(nonceBytes));
  for (;;) {
    const message = await next();
    switch (message?.kind) {
      case "authentication_sasl":
        socket.write(encodeSaslInitialResponse(scramMechanism, start.message));
        break;
      case "authentication_sasl_continue": {
        const exchange = await clientFinal(start, message.data, credential);
        socket.write(encodeSaslResponse(exchange.message));
        break;
      }
      case "authentication_sasl_final":
      case "negotiate_protocol_version":
        break;
      case "authentication_ok":
        return;
      default:
        throw refusalOf(message === null || message === undefined ? [] : [message]);
    }
  }
}

/** The server's words as an error, with its SQLSTATE as detail. */
function refusalOf(messages: readonly BackendMessage[]): GatewayError {
  const said = messages.find((message) => message.kind === "error_response");
  const fields = said?.kind === "error_response" ? said.fields : {};
  return new GatewayError("upstream.refused", fields.message ?? "It closed the connection.", {
    details: { sqlstate: fields.code ?? null },
  });
}

/** Messages in short: `row 1,a`, `tag SELECT 1`, `error 42501`, `notice 00000`, `ready idle`, or their kind. */
export function inShort(messages: readonly BackendMessage[]): readonly string[] {
  return messages.map((message) => {
    switch (message.kind) {
      case "data_row":
        return `row ${message.values.map((value) => value?.toString("utf8") ?? "null").join(",")}`;
      case "command_complete":
        return `tag ${message.tag}`;
      case "error_response":
        return `error ${message.fields.code}`;
      case "notice_response":
        return `notice ${message.fields.code}`;
      case "ready_for_query":
        return `ready ${message.status}`;
      default:
        return message.kind;
    }
  });
}

/** What the gateway's own errors and notices carry for the agent. */
export interface Told {
  readonly code: string;
  readonly review: string | null;
  readonly url: string | null;
  readonly retry: string;
}

export function toldBy(message: BackendMessage): Told | null {
  if (message.kind !== "error_response" && message.kind !== "notice_response") return null;
  const { detail } = message.fields;
  return detail?.startsWith("{") === true ? (JSON.parse(detail) as Told) : null;
}
