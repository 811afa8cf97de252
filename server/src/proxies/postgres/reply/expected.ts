/** An answer that the upstream owes, what of it passes to the client, and what it came to. */
import type {
  BackendMessage,
  ErrorFields,
  TransactionStatus,
} from "#/proxies/postgres/wire/backend-messages.ts";
import type { Frame, Run } from "#/proxies/postgres/wire/frame.ts";
import type { Gate } from "./gate.ts";

export type AnswerKind = "parse" | "bind" | "describe" | "execute" | "close" | "sync" | "query";

/** What came back for one message. */
export interface Answer {
  /** Tags of the commands that completed, in order. */
  readonly tags: readonly string[];
  /** SQLSTATE of the error that ended it. */
  readonly error: string | null;
  readonly rows: number;
  /** A portal that has more rows. */
  readonly suspended: boolean;
  /** With `sync` and `query` only. */
  readonly status: TransactionStatus | null;
}

export interface Expected {
  readonly kind: AnswerKind;
  readonly gate: Gate;
  /** The gateway's own traffic: the client sees nothing of it. */
  readonly hidden: boolean;
  /** Says what passes of an answer that is not hidden; null: all of it. */
  readonly passing: Passing | null;
  /** Stands in for the upstream's ErrorResponse, where the gateway made the upstream fail on purpose. */
  readonly errorInstead: Buffer | null;
  /** Data rows of hidden traffic. */
  readonly onRow: ((values: readonly (Buffer | null)[]) => void) | null;
  /** What hidden traffic is told of a statement: the types of its parameters, its columns. */
  readonly onDescribed: ((message: BackendMessage) => void) | null;
  /** What is said against hidden traffic. */
  readonly onError: ((fields: ErrorFields) => void) | null;
  /** The upstream asks for the data of a COPY; null where it must not. */
  readonly onCopyIn: (() => void) | null;
  /** Types of frames that the client has had from the gateway, before the upstream sent them. */
  readonly told: readonly number[];
  readonly onAnswer: (answer: Answer) => void;
  /** The upstream skipped the message, because an earlier one in the pipeline failed. */
  readonly onSkipped: () => void;
  /** The upstream was lost before it answered. */
  readonly onLost: (cause: Error) => void;
}

/** What to do with a frame. */
export type Passage =
  | { readonly kind: "pass" }
  | { readonly kind: "drop" }
  | { readonly kind: "replace"; readonly bytes: Buffer }
  /** Passes behind something that was held back. */
  | { readonly kind: "behind"; readonly first: Buffer };

/** Asked about each frame of one answer but notices and what belongs to the session. */
export interface Passing {
  /** It has to see rows one by one, each as it passes. */
  readonly byRow: boolean;
  run(run: Run): Passage;
  frame(frame: Frame): Passage;
}
