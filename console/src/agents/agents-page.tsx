/** Who can act. */
import type { Agent } from "@countersign/sdk/wire/agent";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { agentsQuery } from "../api/queries.ts";
import connections from "../connections/connections.module.css";
import { MoreButton } from "../connections/more-button.tsx";
import { waitingText } from "../connections/waiting-reviews.tsx";
import list from "../inbox/inbox.module.css";
import { PageFailure } from "../shell/page-failure.tsx";
import { PageHeading } from "../shell/page-heading.tsx";
import { PageLoading } from "../shell/page-loading.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { StateWord } from "../text/state-word.tsx";
import { TokenSince } from "./token-since.tsx";

export function AgentsPage() {
  const api = useApi();
  const agents = useInfiniteQuery(agentsQuery(api));
  const { data, error, isPending, refetch } = agents;
  if (isPending) return <PageLoading label="The agents are loading" />;
  if (data === undefined) {
    return (
      <PageFailure error={error} title="The agents can't be read" reset={() => void refetch()} />
    );
  }
  const items = data.pages.flatMap((page) => page.items);
  return (
    <>
      <div className={list.top}>
        <PageHeading title="Agents" />
      </div>
      <p className={connections.lead}>
        Who can act through the gateway. An agent signs in with a token; nothing that it can hold
        gives a verdict.
      </p>
      {items.length === 0 ? (
        <div className={list.empty}>
          <h2>No agent is configured</h2>
          <p>
            The configuration of the gateway lists them under <code>agents</code>; it is read when
            the gateway starts.
          </p>
        </div>
      ) : (
        <ul className={list.rows}>
          {items.map((agent) => (
            <Row key={agent.name} agent={agent} />
          ))}
        </ul>
      )}
      <MoreButton pages={agents} />
    </>
  );
}

function Row({ agent }: { readonly agent: Agent }) {
  const { name, owner, groups, pending } = agent;
  return (
    <li className={list.row}>
      <div className={list.what}>
        <Link to="/agents/$name" params={{ name }} className={list.headline}>
          <ShownText text={name} />
        </Link>
        <p className={connections.quiet}>
          {owner === null ? (
            "No owner"
          ) : (
            <>
              Owned by <ShownText text={owner} />
            </>
          )}
          {groups.length > 0 && (
            <>
              {" "}
              · in <ShownText text={groups.join(", ")} />
            </>
          )}
        </p>
      </div>
      <div className={list.when}>
        {pending > 0 ? (
          <StateWord tone="accent" sign="ring">
            {waitingText(pending)}
          </StateWord>
        ) : (
          <p>{waitingText(pending)}</p>
        )}
        <p>
          <TokenSince agent={agent} />
        </p>
      </div>
    </li>
  );
}
