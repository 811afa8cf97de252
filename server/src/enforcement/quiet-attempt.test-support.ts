/** An attempt that nothing stands in the way of, for tests to change. */
import type { Action } from "#/core/action.ts";
import type { CallerId } from "#/core/ids.ts";
import type { Attempt } from "#/core/protocol.ts";
import { newId } from "#/platform/ids.ts";

export function quietAttempt(action: Action): Attempt {
  return {
    action,
    caller: newId<CallerId>("ses", 0),
    proven: false,
    isCancelled: false,
    signal: new AbortController().signal,
    fingerprint: async () => "as it was",
    callee: () => null,
    saidBefore: async () => null,
    edited: async () => ({ kind: "refused", code: "review.override_refused", message: "no edits" }),
    preview: "none",
    effect: async () => null,
    touched: async () => null,
    overridden: () => {},
    standing: async () => ({ transaction: null, limit: null, isBound: false }),
    blocks: async () => null,
    held: () => {},
    execute: async () => ({ state: "executed", detail: "DONE 1", rows: 1 }),
  };
}
