/**
 * A tool server, however it is reached: over HTTP, or as a program that the gateway starts. Both are asked in the
 * shape of streamable HTTP, so that nothing above knows which of them it is.
 *
 * What comes from one is hostile. An upstream holds it to its bounds and to its framing; what a message says is
 * for others to judge. Credentials are the upstream's own, and nothing of them stands in an answer's headers.
 */

import type { ServerPrograms } from "#/core/server-programs.ts";

export interface Upstream {
  /** Origin and path of the URL, or `stdio:`, the program with what it runs, and a digest of its whole command: part of what an approval binds. */
  readonly endpoint: string;
  /**
   * Sends one message, or opens or ends what goes on. Resolves with the head of the answer; rejects with an
   * `upstream.…` error. Where the request may have been sent, its outcome is then not known.
   */
  exchange(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** Whether there is anything to be asked: false of what agents' clients start, while none has. */
  isThere(): boolean;
  /** Whether it answers at all. Sends nothing on anybody's behalf; rejects with the reason. */
  probe(signal: AbortSignal): Promise<void>;
  /** Tokens that it was given to come with, newest first, the same list until there is another: no answer may carry them. */
  tokens(): readonly string[];
  /** Of a server that is a program which the gateway starts; null of every other. */
  programs(): ServerPrograms | null;
  /** What is under way is cut. Nothing is sent any more. */
  close(): Promise<void>;
}

export interface UpstreamRequest {
  /** `GET` listens to what the server says by itself, `DELETE` ends the session: both of 2025-11-25 and before. */
  readonly method: "POST" | "GET" | "DELETE";
  /** MCP's own alone, in lower case: `accept`, `mcp-protocol-version`, `mcp-session-id`, `mcp-param-…`, `last-event-id`. */
  readonly headers: Readonly<Record<string, string>>;
  /** One JSON-RPC message, as it was sent; null but for `POST`. */
  readonly body: Uint8Array | null;
  /** Aborted when nobody wants the answer any more: what is under way is cancelled, and the stream ends. */
  readonly signal: AbortSignal;
  readonly session: UpstreamSession;
  /** It goes out now: before that an abort takes it back, and from here on the server may have seen it. Where it throws, nothing goes out. */
  readonly onSent?: (() => void) | undefined;
}

/** Whose message it is: what must not be mixed with another's. */
export interface UpstreamSession {
  /** The gateway's own, never shown. */
  readonly id: string;
  /** Name of the agent. */
  readonly agent: string;
  /** Begun by `initialize` and told apart from all others, or one for all that an agent sends without. */
  readonly kind: "session" | "stateless";
}

export interface UpstreamAnswer {
  readonly status: number;
  /** MCP's own alone, in lower case: `mcp-session-id`, `mcp-protocol-version`, `allow`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnswerBody;
  readonly source: AnswerSource;
}

/** What an answer came from. */
export interface AnswerSource {
  /** It was no answer to what was asked, so the next may be none either: nothing of it is used any more. */
  distrust(): void;
}

export type AnswerBody =
  | { readonly kind: "empty" }
  /** One message, whole, within its bound. */
  | { readonly kind: "json"; readonly bytes: Uint8Array }
  /** One by one, as fast as they are taken. Fails with an `upstream.…` error where the server is lost. */
  | { readonly kind: "stream"; readonly events: AsyncIterable<StreamEvent> };

/** One event of a server's stream (WHATWG HTML §9.2.6). */
export interface StreamEvent {
  /** Where a client that was cut off begins again; null where the event has none. */
  readonly id: string | null;
  /** How long the server asks to be left alone before that, in milliseconds. */
  readonly retryMs: number | null;
  /** One JSON-RPC message; empty where the event brings none, as the first of a stream may. */
  readonly data: Uint8Array;
}
