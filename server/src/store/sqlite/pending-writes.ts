/**
 * The writes that wait for their answer, in the order in which they were sent, and the long ones that wait for their turn.
 *
 * Guarantees that of what is long one at a time is with the store's thread, that askers take turns, and bounds.
 */
import type { GatewayError } from "#/core/errors.ts";
import type { RecordText } from "#/store/ledger.ts";
import { errorOf, failure } from "./failure.ts";
import { charsOf } from "./record-bytes.ts";
import { createTurns } from "./turns.ts";
import type { Failure, WriteAnswer } from "./verbs.ts";

/** Questions that wait for an answer, writes and reads each. Above: `store.busy`. */
export const verbsPendingMax = 16_384;
/** The text of the writes that wait, in UTF-16 code units. Above: `store.busy`. */
export const pendingCharsMax = 64 * 1024 * 1024;
/** A write of so little, such as a verdict, has room beyond it: a few large commands keep nobody from deciding. */
export const smallWriteCharsMax = 256 * 1024;
/** How much room that is. */
const smallWritesCharsMax = 8 * 1024 * 1024;

/** A write that may share a commit with others. Longer ones go one at a time, and askers take turns. */
const groupedCharsMax = 64 * 1024;

export interface OutgoingWrite {
  readonly text: string;
  /** Of its records, where they are not in the text; it goes by itself then. */
  readonly texts: readonly RecordText[] | null;
}

export interface PendingWrites {
  /** Sends it, now or in its turn. Resolves with its answer; rejects with `store.busy` where there is no room. */
  add<Answer>(write: OutgoingWrite, asker: string): Promise<Answer>;
  /** Of as many writes as there are answers, the oldest first. */
  settle(answers: readonly WriteAnswer[], failures: readonly (Failure | null)[]): void;
  /** Whatever still waits for a turn. */
  sendAll(): void;
  reject(why: () => GatewayError): void;
}

interface Pending extends OutgoingWrite {
  readonly chars: number;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: GatewayError) => void;
}

export function createPendingWrites(send: (write: OutgoingWrite) => void): PendingWrites {
  const sent: Pending[] = [];
  const large = createTurns<Pending>();
  let largeOut: Pending | null = null;
  let pendingChars = 0;

  function sendNow(pending: Pending): void {
    sent.push(pending);
    send(pending);
  }

  function sendLarge(): void {
    if (largeOut !== null) return;
    largeOut = large.take() ?? null;
    if (largeOut !== null) sendNow(largeOut);
  }

  return {
    add({ text, texts }, asker) {
      const chars = text.length + charsOf(texts ?? []);
      const room = chars > smallWriteCharsMax ? 0 : smallWritesCharsMax;
      const isFull = pendingChars + chars > pendingCharsMax + room;
      if (sent.length + large.size >= verbsPendingMax || isFull) {
        return Promise.reject(errorOf(failure("store.busy")));
      }
      pendingChars += chars;
      return new Promise((resolve, reject) => {
        const pending = { text, texts, chars, resolve, reject };
        if (chars > groupedCharsMax) {
          large.add(asker, pending);
          sendLarge();
        } else {
          sendNow(pending);
        }
      });
    },
    settle(answers, failures) {
      for (const [at, pending] of sent.splice(0, answers.length).entries()) {
        pendingChars -= pending.chars;
        if (pending === largeOut) largeOut = null;
        const failed = failures[at] ?? null;
        if (failed === null) pending.resolve(answers[at] as never);
        else pending.reject(errorOf(failed));
      }
      sendLarge();
    },
    sendAll() {
      for (let next = large.take(); next !== undefined; next = large.take()) sendNow(next);
    },
    reject(why) {
      for (let next = large.take(); next !== undefined; next = large.take()) sent.push(next);
      for (const { reject } of sent.splice(0)) reject(why());
    },
  };
}
