/** What waits for a decision of one connection or agent. */
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { waitingReviewsQuery } from "../api/queries.ts";
import { ShownText } from "../text/shown-text.tsx";
import { TimeLeft } from "../text/time-left.tsx";
import styles from "./connections.module.css";

const shownMax = 10;

export function WaitingReviews({
  count,
  fits,
}: {
  /** As the gateway counts, 100 at most. */
  readonly count: number;
  readonly fits: (review: ReviewSummary) => boolean;
}) {
  const { background } = useApi();
  const waiting = useQuery(waitingReviewsQuery(background));
  const found = (waiting.data?.items ?? []).filter(fits).slice(0, shownMax);
  const more = count - found.length;
  return (
    <section className={styles.section} aria-labelledby="waiting">
      <h2 id="waiting">Waiting for a decision</h2>
      {count === 0 && <p className={styles.quiet}>Nothing waits.</p>}
      {found.length > 0 && (
        <ul className={styles.lines}>
          {found.map((review) => (
            <li key={review.id}>
              <Link to="/reviews/$id" params={{ id: review.id }}>
                <ShownText text={review.headline} />
              </Link>
              <span className={styles.quiet}>
                <TimeLeft until={review.expiresAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {count > 0 && more > 0 && !waiting.isPending && (
        <p>
          <Link to="/">
            {waitingText(count)}
            {found.length > 0 && `, ${more} of them not listed here`}: go to the inbox
          </Link>
        </p>
      )}
    </section>
  );
}

/** More than the gateway counts are "100 or more". */
export function waitingText(count: number): string {
  if (count === 0) return "nothing waits";
  if (count >= countedMax) return `${countedMax} or more wait`;
  return count === 1 ? "1 waits" : `${count} wait`;
}

const countedMax = 100;
