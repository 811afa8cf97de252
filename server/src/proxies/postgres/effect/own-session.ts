/**
 * A session of the gateway's own with an upstream, for what must not touch a client's: one question at a time.
 *
 * Guarantees that answers are bounded, and that closing or aborting it leaves nothing running: what it runs is
 * cancelled, and the server rolls back whatever was not committed.
 */

import type { Parameter } from "#/core/action.ts";
import { GatewayError } from "#/core/errors.ts";
import type { AskedRow } from "#/proxies/postgres/ask.ts";
import {
  closeUpstream,
  openUpstream,
  type UpstreamAddress,
} from "#/proxies/postgres/upstream/upstream.ts";
import type {
  BackendMessage,
  TransactionStatus,
} from "#/proxies/postgres/wire/backend-messages.ts";
import { decodeBackend } from "#/proxies/postgres/wire/decode-backend.ts";
import {
  encodeBind,
  encodeExecute,
  encodeParse,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { FrameSplitter } from "#/proxies/postgres/wire/frame-splitter.ts";

export interface OwnSession {
  /** Never rejects for what the server refuses; rejects with `upstream.unreachable` where it is lost. */
  run(sql: string, parameters?: readonly Parameter[], rows?: RowsKept): Promise<OwnAnswer>;
  close(): void;
}

/** All, none, or of so many rows their last columns. */
export type RowsKept = "kept" | "dropped" | { readonly rows: number; readonly columns: number };

export interface OwnAnswer {
  /** The first `ownRowsMax`, in `ownAnswerBytesMax`; the others, and what is not kept, are read and forgotten. */
  readonly rows: readonly AskedRow[];
  readonly tag: string | null;
  /** The SQLSTATE, where it failed. */
  readonly error: string | null;
  /** After it. */
  readonly status: TransactionStatus;
}

const ownRowsMax = 1_000;
const ownAnswerBytesMax = 8 * 1024 * 1024;
const ownMessageBytesMax = 4 * 1024 * 1024;

/** Aborting ends it at once. */
export async function openOwnSession(
  address: UpstreamAddress,
  signal: AbortSignal,
): Promise<OwnSession> {
  signal.throwIfAborted();
  const upstream = await openUpstream(address, []);
  const { socket } = upstream;
  const splitter = new FrameSplitter({
    direction: "backend",
    messageBytesMax: ownMessageBytesMax,
  });
  let question: Question | null = null;
  let ended: Error | null = null;

  const end = (cause: Error) => {
    ended ??= cause;
    signal.removeEventListener("abort", abort);
    if (!socket.destroyed) socket.destroy();
    question?.reject(lost(cause));
    question = null;
  };
  const abort = () => {
    if (question !== null) void upstream.cancel();
    end(new Error("it was given up"));
  };
  signal.addEventListener("abort", abort, { once: true });
  upstream.incoming.to((chunk) => {
    try {
      splitter.push(Buffer.from(chunk));
      for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
        if (frame.kind !== "frame") throw new Error("a message in pieces");
        if (question !== null && take(decodeBackend(frame), question)) question = null;
      }
    } catch (error) {
      end(error instanceof Error ? error : new Error("it could not be read"));
    }
    return true;
  });
  socket.on("error", end);
  socket.on("close", () => end(new Error("the upstream closed the connection")));
  socket.resume();
  if (signal.aborted) abort();

  return {
    run(sql, parameters = [], rows = "kept") {
      if (ended !== null) return Promise.reject(lost(ended));
      const { promise, resolve, reject } = Promise.withResolvers<OwnAnswer>();
      const keep = keptOf(rows);
      const bytesLeft = ownAnswerBytesMax;
      question = { rows: [], keep, bytesLeft, tag: null, error: null, resolve, reject };
      socket.write(Buffer.concat(messagesOf(sql, parameters)));
      return promise;
    },
    close() {
      signal.removeEventListener("abort", abort);
      ended ??= new Error("it is closed");
      closeUpstream(socket);
    },
  };
}

function keptOf(rows: RowsKept): { readonly rows: number; readonly columns: number } {
  if (rows === "kept") return { rows: ownRowsMax, columns: Number.POSITIVE_INFINITY };
  return rows === "dropped" ? { rows: 0, columns: 0 } : rows;
}

interface Question {
  readonly rows: AskedRow[];
  readonly keep: { readonly rows: number; readonly columns: number };
  bytesLeft: number;
  tag: string | null;
  error: string | null;
  readonly resolve: (answer: OwnAnswer) => void;
  readonly reject: (error: GatewayError) => void;
}

/** Whether the answer is whole. */
function take(message: BackendMessage, question: Question): boolean {
  switch (message.kind) {
    case "data_row": {
      if (question.rows.length >= question.keep.rows) return false;
      const values = message.values.slice(-question.keep.columns);
      question.bytesLeft -= values.reduce((sum, value) => sum + (value?.length ?? 0), 1);
      if (question.bytesLeft >= 0) {
        question.rows.push(values.map((value) => value?.toString("utf8") ?? null));
      }
      return false;
    }
    case "command_complete":
      question.tag = message.tag;
      return false;
    case "error_response":
      question.error = message.fields.code ?? "XX000";
      return false;
    case "ready_for_query": {
      const { rows, tag, error } = question;
      question.resolve({ rows, tag, error, status: message.status });
      return true;
    }
    default:
      return false;
  }
}

/** One statement alone: the server takes no second one in it. */
function messagesOf(sql: string, parameters: readonly Parameter[]): readonly Buffer[] {
  return [
    encodeParse({ name: "", sql, parameterTypes: parameters.map(({ type }) => type) }),
    encodeBind({
      portal: "",
      statement: "",
      parameterFormats: parameters.map(({ format }) => (format === "binary" ? 1 : 0)),
      parameters: parameters.map(({ bytes }) =>
        bytes === null ? null : Buffer.from(bytes, "base64"),
      ),
      resultFormats: [],
    }),
    encodeExecute(""),
    syncFrame,
  ];
}

function lost(cause: Error): GatewayError {
  return new GatewayError("upstream.unreachable", "The upstream database was lost.", { cause });
}
