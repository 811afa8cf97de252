/**
 * Tells an edit that this page has sent from those of others, whether or not its answer came back.
 */
import type { GivenOverride, ReviewDetail } from "@countersign/sdk/wire/review";
import type { OverrideRequest } from "@countersign/sdk/wire/verdict";

export interface SentEdit {
  readonly person: string;
  /** The revision that was edited. */
  readonly revision: number;
  readonly request: OverrideRequest;
}

/** The edit as the review has it; null while, and where, it has none such. */
export function foundEdit(
  { overrides }: Pick<ReviewDetail, "overrides">,
  sent: SentEdit | null,
): GivenOverride | null {
  if (sent === null) return null;
  const found = overrides.find(
    ({ person, comment, revision }) =>
      person === sent.person && comment === sent.request.comment && revision === sent.revision + 1,
  );
  return found ?? null;
}

/** Whether nothing but this edit lies between what was edited and this. */
export function isOwnEdit(
  shown: ReviewDetail,
  latest: ReviewDetail,
  sent: SentEdit | null,
): boolean {
  return (
    sent !== null &&
    shown.digest === sent.request.digest &&
    latest.revision === shown.revision + 1 &&
    // Where something is masked in it, it is not told as it was sent; a call is written without its layout.
    (latest.masked.length > 0 ||
      latest.facts.family === "mcp" ||
      latest.command === sent.request.command) &&
    foundEdit(latest, sent) !== null
  );
}
