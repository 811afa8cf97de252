/** One review: everything that a verdict needs, the verdict, and what came of it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { reviewQuery } from "../api/queries.ts";
import { isMissingError, Missing } from "../shell/missing.tsx";
import { PageFailure } from "../shell/page-failure.tsx";
import styles from "./review.module.css";
import { ReviewBody } from "./review-body.tsx";

export function ReviewPage() {
  const { id } = useParams({ from: "/reviews/$id" });
  const api = useApi();
  const { data, error, isPending, refetch } = useQuery(reviewQuery(api, id));
  if (isPending) return <ReviewLoading />;
  if (data === undefined && isMissingError(error)) {
    return (
      <Missing title="There is no such review">
        <p>The gateway has no review of this id. The address may be cut off.</p>
        <p>
          <Link to="/">Go to the inbox</Link>
        </p>
      </Missing>
    );
  }
  if (data === undefined) {
    return (
      <PageFailure error={error} title="This review can't be shown" reset={() => void refetch()} />
    );
  }
  return <ReviewBody key={id} latest={data} />;
}

function ReviewLoading() {
  return (
    <div role="status" aria-label="The review is loading" className={styles.loading}>
      <span />
      <span />
      <span />
    </div>
  );
}
