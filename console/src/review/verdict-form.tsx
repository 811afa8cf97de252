import { exceedsLimit } from "@countersign/sdk/effect-text";
import { isUnfiltered, whyOpaque } from "@countersign/sdk/facts-text";
import type { ReviewDetail, VerdictKind } from "@countersign/sdk/wire/review";
import { Button } from "@mantine/core";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { ShownText } from "../text/shown-text.tsx";
import { isProduction } from "./decidable.ts";
import styles from "./decision-bar.module.css";
import { maxRowsDraft, readMaxRows } from "./max-rows.ts";

/** The gateway takes no more. */
export const commentBytesMax = 4 * 1024;

export function VerdictForm({
  verdict,
  review,
  comment,
  onComment,
  obstacle,
  isSending,
  onSend,
  onCancel,
}: {
  readonly verdict: VerdictKind;
  readonly review: ReviewDetail;
  readonly comment: string;
  readonly onComment: (comment: string) => void;
  readonly obstacle: string | null;
  readonly isSending: boolean;
  readonly onSend: (maxRows: number | null) => void;
  readonly onCancel: () => void;
}) {
  const words = formWords[verdict];
  const field = useRef<HTMLTextAreaElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const fieldId = useId();
  const hintId = useId();
  const rowsId = useId();
  // As they were when the form was opened: a number that changes under a reader is not what they approve.
  const [rows, setRows] = useState(() => maxRowsDraft(review));
  const maxRows = verdict === "approve" ? readMaxRows(rows) : null;
  const canLimit = verdict === "approve" && review.uncounted === null;
  useEffect(() => {
    // An approval is confirmed by Enter; a no begins with its reason.
    (verdict === "approve" ? button : field).current?.focus();
  }, [verdict]);

  const isMissing = verdict !== "approve" && comment.trim() === "";
  const isTooLong = new TextEncoder().encode(comment).length > commentBytesMax;
  const hint = isTooLong
    ? `A comment takes at most ${commentBytesMax} bytes.`
    : maxRows === "wrong"
      ? "The rows at most are a number from 1, or nothing."
      : (obstacle ?? hintOf(verdict, review));
  const isWrong = maxRows === "wrong";
  const isBlocked = isMissing || isTooLong || isWrong || obstacle !== null || isSending;
  const send = () => {
    if (!isBlocked) onSend(maxRows);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onCancel();
    const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (sends && !event.nativeEvent.isComposing) send();
  };
  return (
    <form
      className={styles.form}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {verdict === "approve" && <Restated review={review} />}
      <label htmlFor={fieldId}>{words.label}</label>
      <textarea
        id={fieldId}
        ref={field}
        className={styles.comment}
        rows={verdict === "approve" ? 1 : 3}
        value={comment}
        required={verdict !== "approve"}
        aria-describedby={hintId}
        aria-invalid={isTooLong || undefined}
        onChange={(event) => onComment(event.currentTarget.value)}
      />
      {canLimit && (
        <p className={styles.rows}>
          <label htmlFor={rowsId}>At most</label>
          <input
            id={rowsId}
            className={styles.rowsField}
            inputMode="numeric"
            autoComplete="off"
            value={rows}
            placeholder="any"
            aria-describedby={`${rowsId}-what`}
            aria-invalid={isWrong || undefined}
            onChange={(event) => setRows(event.currentTarget.value)}
          />
          <span id={`${rowsId}-what`} className={styles.rowsHint}>
            rows. {rowsHint(review, maxRows)}
          </span>
        </p>
      )}
      <div className={styles.formEnd}>
        <p
          id={hintId}
          className={styles.why}
          data-loud={isTooLong || isWrong || obstacle !== null || undefined}
        >
          <ShownText text={hint} />
        </p>
        <div className={styles.buttons}>
          <Button className={styles.button} variant="default" onClick={onCancel}>
            Back
          </Button>
          <Button
            ref={button}
            className={styles.button}
            data-approve
            type="submit"
            color={verdict === "deny" ? "red" : "ink"}
            disabled={isBlocked && !isSending}
            loading={isSending}
            aria-describedby={hintId}
          >
            {words.send}
          </Button>
        </div>
      </div>
    </form>
  );
}

function Restated({ review }: { readonly review: ReviewDetail }) {
  return (
    <p className={styles.restated}>
      <strong>
        <ShownText text={review.headline} />
      </strong>
      {isProduction(review.environment) && <span>This is production.</span>}
      {isUnfiltered(review.facts) && whyOpaque(review.facts) === null && (
        <span>No filter: it reaches every row.</span>
      )}
      {whyOpaque(review.facts) !== null && <span>The gateway can’t tell all that it does.</span>}
    </p>
  );
}

function rowsHint(
  { rowLimit, effect }: ReviewDetail,
  typed: ReturnType<typeof readMaxRows>,
): string {
  const undone = "If it touches more, all of it is undone.";
  // It is measured once more before it runs, and comes back; where that can't be done, it is undone.
  if (typeof typed === "number" && effect?.basis === "measured" && typed < (effect.rows ?? 0))
    return "Fewer than were measured: as it stands it would not take effect.";
  if (exceedsLimit(effect, rowLimit))
    return "A rule allows fewer than were measured. It would be undone.";
  return rowLimit?.by === "rule"
    ? `${undone} Its rule allows ${rowLimit.max.toLocaleString("en")}.`
    : undone;
}

function hintOf(verdict: VerdictKind, { quorum }: ReviewDetail): string {
  if (verdict !== "approve") return "A comment is needed. Ctrl Enter or Cmd Enter sends it.";
  const missing = quorum.reduce((sum, { needed, given }) => sum + needed - given.length, 0);
  return missing > 1
    ? "It runs once all who are needed have approved, at once where its session waits."
    : "It runs at once where its session waits.";
}

const formWords = {
  approve: { label: "Comment, if you like", send: "Approve" },
  deny: {
    label: "Why not? The agent is told.",
    send: "Deny",
  },
  request_changes: {
    label: "What should change? The agent is told.",
    send: "Request changes",
  },
} as const;
