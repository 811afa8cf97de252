/** What is known of the client's session with the server, and the headers that go with each of its messages. */
import { type Message, ownVersion, type Request } from "./message.ts";
import { createMirror } from "./mirrored.ts";

export type Headers = Readonly<Record<string, string>>;

export interface Session {
  headersOf(message: Message): Headers;
  headersToListen(lastEvent: string | null): Headers;
  /** An answer to `initialize` has come, with this header. */
  begin(id: string | null): void;
  /** What an answer says of how to go on. */
  learn(request: Request, answer: Message): void;
  isBegun(): boolean;
  /** Whether a closed stream takes a request back, as from 2026-07-28 on, where none is of a session. */
  hasNone(): boolean;
}

const accept = "application/json, text/event-stream";

export function createSession(): Session {
  const mirror = createMirror();
  let id: string | null = null;
  let version: string | null = null;
  const own = (): Headers => ({
    ...(id === null ? {} : { "mcp-session-id": id }),
    ...(version === null ? {} : { "mcp-protocol-version": version }),
  });
  return {
    headersOf(message) {
      const stated = message.kind === "response" ? null : ownVersion(message.params);
      if (stated === null) return { accept, ...own() };
      const mirrored = message.kind === "request" ? mirror.headersOf(message) : {};
      return { accept, "mcp-protocol-version": stated, ...mirrored };
    },
    headersToListen: (lastEvent) => ({
      accept: "text/event-stream",
      ...own(),
      ...(lastEvent === null ? {} : { "last-event-id": lastEvent }),
    }),
    begin(begun) {
      id = begun;
    },
    learn({ method }, answer) {
      if (method === "tools/list") mirror.learn(answer);
      if (method !== "initialize" || answer.kind !== "response") return;
      const { protocolVersion } = answer.result;
      if (typeof protocolVersion === "string") version = protocolVersion;
    },
    isBegun: () => id !== null,
    hasNone: () => version === null,
  };
}
