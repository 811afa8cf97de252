/** What people are told of what the session of an action has read: where rules are told of it too. */
import type { Action } from "#/core/action.ts";
import type { SessionReads } from "#/core/label.ts";
import type { EnforcementDeps } from "./deps.ts";

export function readsOf(
  { principal, facts }: Pick<Action, "principal" | "facts">,
  { labels }: Pick<EnforcementDeps, "labels">,
): SessionReads | null {
  return facts.family === "sql" ? null : labels.reads(principal);
}
