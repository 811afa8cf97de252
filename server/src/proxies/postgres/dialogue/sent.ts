/** What is to become of the answer to a message that is sent upstream. */
import type { Answer, AnswerKind, Expected, Passing } from "#/proxies/postgres/reply/expected.ts";
import { type Gate, openGate } from "#/proxies/postgres/reply/gate.ts";

export interface Sent {
  readonly gate?: Gate;
  readonly passing?: Passing | null;
  readonly errorInstead?: Buffer | null;
  readonly onCopyIn?: () => void;
  readonly told?: readonly number[];
  readonly onAnswer?: (answer: Answer) => void;
  readonly onSkipped?: () => void;
  readonly onLost?: (cause: Error) => void;
}

/** What the gateway alone is told. */
export type SentOwn = Sent & Partial<Pick<Expected, "onRow" | "onDescribed" | "onError">>;

export function expected(kind: AnswerKind, sent: SentOwn, whose: "client" | "gateway"): Expected {
  return {
    kind,
    gate: sent.gate ?? openGate,
    hidden: whose === "gateway",
    passing: sent.passing ?? null,
    errorInstead: sent.errorInstead ?? null,
    onRow: sent.onRow ?? null,
    onDescribed: sent.onDescribed ?? null,
    onError: sent.onError ?? null,
    onCopyIn: sent.onCopyIn ?? null,
    told: sent.told ?? none,
    onAnswer: sent.onAnswer ?? ignore,
    onSkipped: sent.onSkipped ?? ignore,
    onLost: sent.onLost ?? ignore,
  };
}

export const ignore = () => {};
const none: readonly number[] = [];
