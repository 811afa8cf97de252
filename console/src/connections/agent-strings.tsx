/** For each agent its own string on one connection. */
import type { Agent } from "@countersign/sdk/wire/agent";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { agentsQuery } from "../api/queries.ts";
import { failureText } from "../shell/page-failure.tsx";
import { CopyLine } from "../text/copy-line.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { connectionUrl } from "./connection-url.ts";
import styles from "./connections.module.css";
import { MoreButton } from "./more-button.tsx";
import { MarkedUrl } from "./string-snippets.tsx";

export function AgentStrings({
  template,
  connection,
}: {
  readonly template: string;
  readonly connection: string;
}) {
  const api = useApi();
  const agents = useInfiniteQuery(agentsQuery(api));
  const items = agents.data?.pages.flatMap((page) => page.items);
  return (
    <section className={styles.section} aria-labelledby="agents">
      <h2 id="agents">For each agent</h2>
      {agents.isLoadingError && (
        <p role="alert">
          <ShownText text={failureText(agents.error)} />
        </p>
      )}
      {items?.length === 0 && (
        <p className={styles.quiet}>
          No agent is configured. The configuration lists them under <code>agents</code>.
        </p>
      )}
      <ul className={styles.strings}>
        {items?.map((agent) => (
          <AgentString key={agent.name} agent={agent} template={template} connection={connection} />
        ))}
      </ul>
      <MoreButton pages={agents} />
    </section>
  );
}

function AgentString({
  agent: { name, token, tokenSince },
  template,
  connection,
}: {
  readonly agent: Agent;
  readonly template: string;
  readonly connection: string;
}) {
  const credentials = { agent: name, token };
  return (
    <li>
      <p>
        <Link to="/agents/$name" params={{ name }}>
          <ShownText text={name} />
        </Link>
        {": "}
        <span className={styles.quiet}>{tokenText(token, tokenSince)}</span>
      </p>
      <CopyLine
        text={connectionUrl(template, credentials)}
        name={`the address of ${connection} for ${name}`}
        shown={<MarkedUrl template={template} credentials={credentials} />}
      />
    </li>
  );
}

function tokenText(token: string | null, tokenSince: string | null): string {
  if (token !== null) return "with the sample’s token, ready to use";
  return tokenSince === null ? "has no token yet" : "its token was shown once, when it was made";
}
