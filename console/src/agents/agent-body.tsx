import { visible } from "@countersign/sdk/visible";
import type { Agent } from "@countersign/sdk/wire/agent";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useApi } from "../api/api-context.tsx";
import { connectionsQuery, statusQuery } from "../api/queries.ts";
import connectionStyles from "../connections/connections.module.css";
import { McpSnippets } from "../connections/mcp-snippets.tsx";
import { MoreButton } from "../connections/more-button.tsx";
import { StringSnippets } from "../connections/string-snippets.tsx";
import { WaitingReviews } from "../connections/waiting-reviews.tsx";
import { Detail } from "../review/detail.tsx";
import review from "../review/review.module.css";
import { failureText } from "../shell/page-failure.tsx";
import { PageHeading } from "../shell/page-heading.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { AgentToken } from "./agent-token.tsx";
import { TokenSince } from "./token-since.tsx";

export function AgentBody({ agent }: { readonly agent: Agent }) {
  const api = useApi();
  const { data: status } = useQuery(statusQuery(api.background));
  // Only here, and only until the page is left: the gateway never shows it again.
  const [made, setMade] = useState<string | null>(null);
  const { name, owner, groups, pending } = agent;
  return (
    <article className={review.review}>
      <div className={review.main}>
        <header className={review.header}>
          <p className={review.crumb}>
            <Link to="/agents">Agents</Link>
            <span aria-hidden="true">/</span>
            <span>
              <TokenSince agent={agent} />
            </span>
          </p>
          <PageHeading title={visible(name)}>
            <ShownText text={name} />
          </PageHeading>
          <p className={review.lead}>
            {owner === null ? (
              "Nobody owns it."
            ) : (
              <>
                Owned by{" "}
                <strong>
                  <ShownText text={owner} />
                </strong>
                , who answers for it and can never approve what it asks for.
              </>
            )}
          </p>
        </header>
        <WaitingReviews
          count={pending}
          fits={({ principal }) => principal.kind === "agent" && principal.name === name}
        />
        <AgentToken
          agent={agent}
          made={made}
          mayMake={status?.caller.administrator === true}
          onMade={setMade}
          onPutAway={() => setMade(null)}
        />
        <ConnectionStrings agent={name} token={made ?? agent.token} />
      </div>
      <aside className={review.aside} aria-label="About this agent">
        <section aria-labelledby="about">
          <h2 id="about">About it</h2>
          <dl className={review.details}>
            <Detail name="Owner">{owner === null ? "nobody" : <ShownText text={owner} />}</Detail>
            <Detail name="Groups">
              {groups.length === 0 ? "none" : <ShownText text={groups.join(", ")} />}
            </Detail>
          </dl>
        </section>
        <section aria-labelledby="past">
          <h2 id="past">What it did</h2>
          <p>
            <Link to="/history" search={{ principal: name }}>
              Its history
            </Link>
          </p>
          <p>
            <Link to="/history" search={{ principal: name, decision: "deny" }}>
              What was denied
            </Link>
          </p>
        </section>
      </aside>
    </article>
  );
}

function ConnectionStrings({
  agent,
  token,
}: {
  readonly agent: string;
  readonly token: string | null;
}) {
  const api = useApi();
  const connections = useInfiniteQuery(connectionsQuery(api));
  const items = connections.data?.pages.flatMap((page) => page.items);
  return (
    <section className={connectionStyles.section} aria-labelledby="strings">
      <h2 id="strings">Connect it</h2>
      {token === null && (
        <p className={connectionStyles.quiet}>
          Put its token in place of <mark className={connectionStyles.placeholder}>TOKEN</mark>.
        </p>
      )}
      {connections.isLoadingError && (
        <p role="alert">
          <ShownText text={failureText(connections.error)} />
        </p>
      )}
      {items?.length === 0 && (
        <p className={connectionStyles.quiet}>No connection is configured.</p>
      )}
      <ul className={connectionStyles.strings}>
        {items?.map((connection) => (
          <li key={connection.name}>
            <p>
              <Link to="/connections/$name" params={{ name: connection.name }}>
                <ShownText text={connection.name} />
              </Link>
              <span className={connectionStyles.quiet}>
                , <ShownText text={connection.environment} />
              </span>
            </p>
            {connection.kind === "mcp" ? (
              <McpSnippets connection={connection} token={token} />
            ) : (
              <StringSnippets
                template={connection.url}
                credentials={{ agent, token }}
                of={`of ${connection.name} for ${agent}`}
              />
            )}
          </li>
        ))}
      </ul>
      <MoreButton pages={connections} />
    </section>
  );
}
