import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { agentQuery } from "../api/queries.ts";
import { isMissingError, Missing } from "../shell/missing.tsx";
import { PageFailure } from "../shell/page-failure.tsx";
import { PageLoading } from "../shell/page-loading.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { AgentBody } from "./agent-body.tsx";

export function AgentPage() {
  const { name } = useParams({ from: "/agents/$name" });
  const api = useApi();
  const { data, error, isPending, refetch } = useQuery(agentQuery(api, name));
  if (isPending) return <PageLoading label="The agent is loading" />;
  // By its name: a token that was shown for one agent never stands on another's page.
  if (data !== undefined) return <AgentBody key={name} agent={data} />;
  if (isMissingError(error)) {
    return (
      <Missing title="There is no such agent">
        <p>
          None is called <ShownText text={name} />. It may have been taken out of the configuration;
          what it did is still in the history.
        </p>
        <p>
          <Link to="/agents">All agents</Link>
        </p>
        <p>
          <Link to="/history" search={{ principal: name }}>
            Its history
          </Link>
        </p>
      </Missing>
    );
  }
  return (
    <PageFailure error={error} title="This agent can't be shown" reset={() => void refetch()} />
  );
}
