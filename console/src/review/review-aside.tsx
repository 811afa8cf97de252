import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { Where } from "../connections/where.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { dateTime } from "../text/times.ts";
import { Detail, LongId } from "./detail.tsx";
import { Quorum } from "./quorum.tsx";
import styles from "./review.module.css";

export function ReviewAside({ review }: { readonly review: ReviewDetail }) {
  const isOpen = review.state === "pending";
  return (
    <aside className={styles.aside} aria-label="About this review">
      <section aria-labelledby="quorum">
        <h2 id="quorum">{isOpen ? "Who must approve" : "Approvals"}</h2>
        <Quorum quorum={review.quorum} isOpen={isOpen} />
      </section>
      <section aria-labelledby="rules">
        <h2 id="rules">{isOpen ? "Why it is held" : "Why it was held"}</h2>
        <ul className={styles.rules}>
          {review.reasons.map(({ policy, text }) => (
            <li key={policy}>
              <ShownText text={text === "" ? "The rule gives no words." : text} />{" "}
              <span className={styles.quiet}>
                Rule <ShownText text={policy} />
              </span>
            </li>
          ))}
        </ul>
      </section>
      <Where
        connection={review.connection}
        environment={review.environment}
        upstream={review.upstream}
      />
      <section aria-labelledby="review">
        <h2 id="review">This review</h2>
        <dl className={styles.details}>
          <Detail name="Asked">{dateTime(review.openedAt)}</Detail>
          {review.state === "pending" && (
            <>
              <Detail name="Open until">{dateTime(review.expiresAt)}</Detail>
              <Detail name="Session">
                {review.attached
                  ? "waits for it"
                  : `none waits; the same ${review.facts.family === "mcp" ? "call, made" : "statement, sent"} again, picks it up`}
              </Detail>
            </>
          )}
          {review.revision > 1 && <Detail name="Revision">{review.revision}</Detail>}
          <Detail name="Least assurance">
            <ShownText text={review.assurance} />
          </Detail>
          <LongId name="Review" text={review.id} />
          <LongId name="Action" text={review.actionId} />
          <LongId name="Digest" text={review.digest} />
        </dl>
      </section>
    </aside>
  );
}
