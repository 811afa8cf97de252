/** What a person has to see of a call before they have opened it: the signs of its row in a list. */
import type { ReviewSign } from "@countersign/sdk/wire/review";
import type { DeceptionKind } from "#/core/deception.ts";
import type { McpFacts } from "#/core/facts.ts";
import type { DataClass, SessionReads } from "#/core/label.ts";
import type { Review } from "#/core/review.ts";

/** The worst first. */
export function presentSigns({
  action: { facts },
  reads,
}: Pick<Review, "action" | "reads">): readonly ReviewSign[] {
  if (facts.family !== "mcp") return [];
  const hides = facts.flags.some(({ kind }) => hiding.has(kind));
  const tells = facts.flags.some(({ kind }) => !hiding.has(kind));
  const isConfidential = hasRead(reads, "confidential");
  return [
    ...(isConfidential && leadsOut(facts) ? ["may_leak" as const] : []),
    ...(facts.definition === "changed" ? ["tool_changed" as const] : []),
    ...(hides ? ["tool_hides_text" as const] : []),
    ...(tells ? ["tool_tells_model" as const] : []),
    ...(isConfidential && !leadsOut(facts) ? ["read_confidential" as const] : []),
    ...(hasRead(reads, "untrusted") ? ["read_untrusted" as const] : []),
  ];
}

/** What nobody has said of a tool counts against it. */
function leadsOut({ method, toolClass, saysOpenWorld }: McpFacts): boolean {
  return method === "tools/call" && (saysOpenWorld || ["send", "unknown"].includes(toolClass));
}

function hasRead(reads: SessionReads | null, data: DataClass): boolean {
  return reads !== null && (reads.isMore || reads.from.some((read) => read.data === data));
}

/** What nobody sees who reads the definition; the others are words. */
const hiding: ReadonlySet<DeceptionKind> = new Set([
  "bidirectional",
  "invisible",
  "tags",
  "homoglyphs",
  "alike",
  "comment",
  "encoded",
  "buried",
  "too_long",
]);
