/**
 * Where a verdict is given.
 *
 * Guarantees that nothing is sent but by a second deliberate step for whatever deserves one, that a no has
 * its reason, and that words that were typed stay until they are sent.
 */
import type { ReviewDetail, VerdictKind } from "@countersign/sdk/wire/review";
import { Button } from "@mantine/core";
import { type Ref, useEffect, useRef, useState } from "react";
import { useKeys } from "../shell/keyboard.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { needsConfirmation, type Obstacles } from "./decidable.ts";
import styles from "./decision-bar.module.css";
import { Changes } from "./notices.tsx";
import { missingText } from "./quorum.tsx";
import { viewChanges } from "./terms.ts";
import { useVerdict, verdictFailure } from "./use-verdict.ts";
import { VerdictForm } from "./verdict-form.tsx";

export function DecisionBar({
  review,
  obstacles,
  draft: [comment, setComment],
  onEdit,
  isBackFromEdit,
}: {
  /** As it is on the screen. */
  readonly review: ReviewDetail;
  readonly obstacles: Obstacles;
  /** The comment while it is written; it outlives the bar. */
  readonly draft: readonly [string, (comment: string) => void];
  readonly onEdit: () => void;
  /** Whoever closed the editor goes on where it was opened. */
  readonly isBackFromEdit: boolean;
}) {
  const [open, setOpen] = useState<VerdictKind | null>(null);
  const give = useVerdict(review.id, () => {
    setComment("");
    setOpen(null);
  });
  const mayRefuse = obstacles.refuse === null && !give.isPending;
  const mayApprove = obstacles.approve === null && mayRefuse;
  const mayEdit = obstacles.edit === null && mayRefuse;

  // An approval that was about to be confirmed is not taken up again by itself.
  const { approve: obstacle } = obstacles;
  useEffect(() => {
    if (obstacle !== null) setOpen((verdict) => (verdict === "approve" ? null : verdict));
  }, [obstacle]);

  const edit = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isBackFromEdit) edit.current?.focus();
  }, [isBackFromEdit]);

  const start = (verdict: VerdictKind) => {
    give.reset();
    setOpen(verdict);
  };
  const send = (verdict: VerdictKind, maxRows: number | null) => {
    give.mutate({ verdict, comment, maxRows, about: review });
  };
  useKeys({
    "Shift+A": () => mayApprove && start("approve"),
    "Shift+D": () => mayRefuse && start("deny"),
    c: () => mayRefuse && start("request_changes"),
    e: () => mayEdit && open === null && onEdit(),
  });

  return (
    <section className={styles.bar} aria-label="Your decision">
      <div className={styles.inner}>
        {give.isError && (
          <div role="alert" className={styles.failure}>
            <p>
              <ShownText text={verdictFailure(give.error)} />
            </p>
            <Changes changes={viewChanges(give.variables.about, review)} />
          </div>
        )}
        {open === null ? (
          <Choices
            review={review}
            obstacles={obstacles}
            mayApprove={mayApprove}
            mayRefuse={mayRefuse}
            mayEdit={mayEdit}
            editRef={edit}
            isSending={give.isPending}
            onStart={start}
            onEdit={onEdit}
            onApprove={() => (needsConfirmation(review) ? start("approve") : send("approve", null))}
            onLimit={() => start("approve")}
          />
        ) : (
          <VerdictForm
            key={open}
            verdict={open}
            review={review}
            comment={comment}
            onComment={setComment}
            obstacle={open === "approve" ? obstacles.approve : obstacles.refuse}
            isSending={give.isPending}
            onSend={(maxRows) => send(open, maxRows)}
            onCancel={() => setOpen(null)}
          />
        )}
      </div>
    </section>
  );
}

function Choices({
  review,
  obstacles,
  mayApprove,
  mayRefuse,
  mayEdit,
  editRef,
  isSending,
  onStart,
  onEdit,
  onApprove,
  onLimit,
}: {
  readonly review: ReviewDetail;
  readonly obstacles: Obstacles;
  readonly mayApprove: boolean;
  readonly mayRefuse: boolean;
  readonly mayEdit: boolean;
  readonly editRef: Ref<HTMLButtonElement>;
  readonly isSending: boolean;
  readonly onStart: (verdict: VerdictKind) => void;
  readonly onEdit: () => void;
  readonly onApprove: () => void;
  readonly onLimit: () => void;
}) {
  const needs = `Needs ${missingText(review.quorum)}.`;
  const open = obstacles.edit === null ? needs : `${needs} ${obstacles.edit}`;
  return (
    <div className={styles.choices}>
      <div className={styles.why}>
        <span id="obstacle" role="status">
          <ShownText text={obstacles.approve ?? open} />
        </span>
        {/* Where a second step is asked for anyway, it is asked there. */}
        {review.uncounted === null && !needsConfirmation(review) && mayApprove && (
          <>
            {" "}
            <button type="button" className={styles.limit} onClick={onLimit}>
              Limit its rows
            </button>
          </>
        )}
      </div>
      <div className={styles.buttons}>
        <Button
          ref={editRef}
          className={styles.button}
          variant="default"
          disabled={!mayEdit}
          onClick={onEdit}
        >
          Edit
        </Button>
        <Button
          className={styles.button}
          variant="default"
          disabled={!mayRefuse}
          onClick={() => onStart("request_changes")}
        >
          Request changes
        </Button>
        <Button
          className={styles.button}
          variant="outline"
          color="red"
          disabled={!mayRefuse}
          onClick={() => onStart("deny")}
        >
          Deny
        </Button>
        <Button
          className={styles.button}
          data-approve
          disabled={!mayApprove}
          loading={isSending}
          aria-describedby="obstacle"
          onClick={onApprove}
        >
          Approve
        </Button>
      </div>
    </div>
  );
}
