/**
 * The review as it stands on the screen, which is what a verdict is about; and the latest one.
 *
 * Guarantees that the terms on the screen change only when the reader says so, or by the reader's own edit.
 * What is no term follows.
 */
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { useState } from "react";
import { type Change, changesBetween } from "./terms.ts";

export interface ShownReview {
  readonly shown: ReviewDetail;
  /** Not empty: the screen is old, and nothing can be decided on it. */
  readonly changes: readonly Change[];
  readonly showChanged: () => void;
}

export function useShownReview(
  latest: ReviewDetail,
  isOwn: (shown: ReviewDetail, latest: ReviewDetail) => boolean,
): ShownReview {
  const [kept, setKept] = useState(latest);
  // An answer may be overtaken by a later one; a version never goes back.
  const isOld = latest.id === kept.id && latest.version < kept.version;
  const isFollowed = isOld || latest.id !== kept.id || isOwn(kept, latest);
  const changes = isFollowed ? [] : changesBetween(kept, latest);
  const shown = isOld || changes.length > 0 ? kept : latest;
  if (shown !== kept) setKept(shown);
  return { shown, changes, showChanged: () => setKept(latest) };
}
