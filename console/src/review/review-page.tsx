/** One review: everything that a verdict needs, the verdict, and what came of it. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { reviewQuery } from "../api/queries.ts";
import { PageFailure } from "../shell/page-failure.tsx";
import styles from "./review.module.css";
import { ReviewBody } from "./review-body.tsx";

export function ReviewPage() {
  const { id } = useParams({ from: "/reviews/$id" });
  const api = useApi();
  const { data, error, isPending, refetch } = useQuery(reviewQuery(api, id));
  if (isPending) return <ReviewLoading />;
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
