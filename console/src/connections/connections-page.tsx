/** What agents can act on. */
import { upstreamText } from "@countersign/sdk/facts-text";
import type { Connection } from "@countersign/sdk/wire/connection";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { connectionsQuery } from "../api/queries.ts";
import list from "../inbox/inbox.module.css";
import { PageFailure } from "../shell/page-failure.tsx";
import { PageHeading } from "../shell/page-heading.tsx";
import { PageLoading } from "../shell/page-loading.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { StateWord } from "../text/state-word.tsx";
import styles from "./connections.module.css";
import { HealthWord } from "./health-word.tsx";
import { MoreButton } from "./more-button.tsx";
import { waitingText } from "./waiting-reviews.tsx";

export function ConnectionsPage() {
  const api = useApi();
  const connections = useInfiniteQuery(connectionsQuery(api));
  const { data, error, isPending, refetch } = connections;
  if (isPending) return <PageLoading label="The connections are loading" />;
  if (data === undefined) {
    return (
      <PageFailure
        error={error}
        title="The connections can't be read"
        reset={() => void refetch()}
      />
    );
  }
  const items = data.pages.flatMap((page) => page.items);
  return (
    <>
      <div className={list.top}>
        <PageHeading title="Connections" />
      </div>
      <p className={styles.lead}>
        Where agents act. An agent uses the gateway’s address in place of the database’s or the
        server’s own; the credential behind it stays here.
      </p>
      {items.length === 0 ? (
        <div className={list.empty}>
          <h2>No connection is configured</h2>
          <p>
            The configuration of the gateway lists them under <code>connections</code>; it is read
            when the gateway starts.
          </p>
        </div>
      ) : (
        <ul className={list.rows}>
          {items.map((connection) => (
            <Row key={connection.name} connection={connection} />
          ))}
        </ul>
      )}
      <MoreButton pages={connections} />
    </>
  );
}

function Row({ connection }: { readonly connection: Connection }) {
  const { name, kind, environment, labels, upstream, pending, health } = connection;
  return (
    <li className={list.row}>
      <div className={list.what}>
        <Link to="/connections/$name" params={{ name }} className={list.headline}>
          <ShownText text={name} />
        </Link>
        <p className={styles.quiet}>
          <ShownText text={`${kindName(kind)}, ${environment}`} />
          {Object.entries(labels).map(([label, value]) => (
            <span key={label}>
              {" "}
              · <ShownText text={`${label}: ${value}`} />
            </span>
          ))}
        </p>
        <code className={styles.address}>
          <ShownText text={upstreamText({ ...upstream, role: null })} />
        </code>
      </div>
      <div className={list.when}>
        <p>
          <HealthWord health={health} />
        </p>
        {pending > 0 ? (
          <p>
            <StateWord tone="accent" sign="ring">
              {waitingText(pending)}
            </StateWord>
          </p>
        ) : (
          <p>{waitingText(pending)}</p>
        )}
      </div>
    </li>
  );
}

const kinds: Readonly<Record<string, string>> = { postgres: "PostgreSQL", mcp: "MCP server" };

export function kindName(kind: string): string {
  return kinds[kind] ?? kind;
}
