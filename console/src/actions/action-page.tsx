import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { actionQuery } from "../api/queries.ts";
import { isMissingError, Missing } from "../shell/missing.tsx";
import { PageFailure } from "../shell/page-failure.tsx";
import { PageLoading } from "../shell/page-loading.tsx";
import { ActionBody } from "./action-body.tsx";

export function ActionPage() {
  const { id } = useParams({ from: "/actions/$id" });
  const api = useApi();
  const { data, error, isPending, refetch } = useQuery(actionQuery(api, id));
  if (isPending) return <PageLoading label="The action is loading" />;
  if (data !== undefined) return <ActionBody action={data} />;
  if (isMissingError(error)) {
    return (
      <Missing title="There is no such action">
        <p>The log has no decision on an action of this id. The address may be cut off.</p>
        <p>
          <Link to="/history">Go to the history</Link>
        </p>
      </Missing>
    );
  }
  return (
    <PageFailure error={error} title="This action can't be shown" reset={() => void refetch()} />
  );
}
