/**
 * A draft as text: canonical once and for all, in the thread in which it came up, so that whoever makes it
 * durable and whoever makes its leaf copies bytes and reads nothing.
 */
import assert from "node:assert/strict";
import { canonicalize } from "#/core/canonical.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { ExecutionMark, RecordText } from "#/store/ledger.ts";
import { createIsoTime } from "./iso-time.ts";
import { spellLeaf } from "./leaf.ts";

/** Throws for what can't become a leaf. What it returns is sure to. */
export type SpellRecord = (draft: RecordDraft) => RecordText;

export function createSpelling(): SpellRecord {
  const isoTime = createIsoTime();
  return (draft) => {
    const { head, tail } = spellLeaf(draft, isoTime(draft.at));
    const payload = draft.payload === null ? null : canonicalize(draft.payload);
    return { head, tail, payload, mark: markOf(draft) };
  };
}

function markOf({ action, at, execution }: RecordDraft): ExecutionMark | null {
  if (execution === undefined) return null;
  assert(action !== null, "what begins or ends is an action");
  return execution === "begun" ? { kind: "begun", action, beganAt: at } : { kind: "ended", action };
}
