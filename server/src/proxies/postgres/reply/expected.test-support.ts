/** A message of which nobody wants to hear anything, for tests to change. */
import type { AnswerKind, Expected } from "./expected.ts";
import { openGate } from "./gate.ts";

export function quietExpected(kind: AnswerKind): Expected {
  const nothing = () => {};
  return {
    kind,
    gate: openGate,
    hidden: false,
    passing: null,
    errorInstead: null,
    onRow: null,
    onDescribed: null,
    onError: null,
    onCopyIn: null,
    told: [],
    onAnswer: nothing,
    onSkipped: nothing,
    onLost: nothing,
  };
}
