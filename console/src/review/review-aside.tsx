import type { ReviewDetail } from "@countersign/sdk/wire";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CopyButton } from "../text/copy-line.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { dateTime } from "../text/times.ts";
import { Quorum } from "./quorum.tsx";
import styles from "./review.module.css";

export function ReviewAside({ review }: { readonly review: ReviewDetail }) {
  const { upstream } = review;
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
      <section aria-labelledby="where">
        <h2 id="where">Where</h2>
        <dl className={styles.details}>
          <Detail name="Connection">
            <Link to="/connections/$name" params={{ name: review.connection }}>
              <ShownText text={review.connection} />
            </Link>
          </Detail>
          <Detail name="Environment">
            <ShownText text={review.environment} />
          </Detail>
          <Detail name="Server">
            <ShownText text={upstream.endpoint} />
          </Detail>
          <Detail name="Database">
            <ShownText text={upstream.database} />
          </Detail>
          <Detail name="Runs as">
            <ShownText text={upstream.role} />
          </Detail>
        </dl>
      </section>
      <section aria-labelledby="review">
        <h2 id="review">This review</h2>
        <dl className={styles.details}>
          <Detail name="Asked">{dateTime(review.openedAt)}</Detail>
          {review.state === "pending" && (
            <>
              <Detail name="Open until">{dateTime(review.expiresAt)}</Detail>
              <Detail name="Session">
                {review.attached ? "waits for it" : "is gone; the same command joins again"}
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

export function Detail({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ReactNode;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const idCharsShown = 10;

export function LongId({ name, text }: { readonly name: string; readonly text: string }) {
  const said = /digest$/i.test(name)
    ? `the ${name.toLowerCase()}`
    : `the ${name.toLowerCase()}’s id`;
  return (
    <Detail name={name}>
      <span className={styles.longId}>
        <code title={text}>
          <ShownText text={text.length > idCharsShown ? `${text.slice(0, idCharsShown)}…` : text} />
        </code>
        <CopyButton text={text} name={said} quiet />
      </span>
    </Detail>
  );
}
