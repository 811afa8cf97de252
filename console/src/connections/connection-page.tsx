import { dataWords } from "@countersign/sdk/reads-text";
import { visible } from "@countersign/sdk/visible";
import type { Connection } from "@countersign/sdk/wire/connection";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { connectionQuery, statusQuery } from "../api/queries.ts";
import { Detail } from "../review/detail.tsx";
import review from "../review/review.module.css";
import { isMissingError, Missing } from "../shell/missing.tsx";
import { PageFailure } from "../shell/page-failure.tsx";
import { PageHeading } from "../shell/page-heading.tsx";
import { PageLoading } from "../shell/page-loading.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { ToolsSection } from "../tools/tools-section.tsx";
import { AgentStrings } from "./agent-strings.tsx";
import { isClientRun } from "./client-run.tsx";
import { ConnectionHealth } from "./connection-health.tsx";
import styles from "./connections.module.css";
import { kindName } from "./connections-page.tsx";
import { McpSnippets } from "./mcp-snippets.tsx";
import { ProgramErrors, ServerPrograms } from "./server-programs.tsx";
import { StringSnippets } from "./string-snippets.tsx";
import { WaitingReviews } from "./waiting-reviews.tsx";
import { UpstreamDetails } from "./where.tsx";

export function ConnectionPage() {
  const { name } = useParams({ from: "/connections/$name" });
  const api = useApi();
  const { data, error, isPending, refetch } = useQuery(connectionQuery(api, name));
  if (isPending) return <PageLoading label="The connection is loading" />;
  if (data !== undefined) return <Body key={name} connection={data} />;
  if (isMissingError(error)) {
    return (
      <Missing title="There is no such connection">
        <p>
          None is called <ShownText text={name} />. It may have been taken out of the configuration;
          what happened on it is still in the history.
        </p>
        <p>
          <Link to="/connections">All connections</Link>
        </p>
        <p>
          <Link to="/history" search={{ connection: name }}>
            Its history
          </Link>
        </p>
      </Missing>
    );
  }
  return (
    <PageFailure
      error={error}
      title="This connection can't be shown"
      reset={() => void refetch()}
    />
  );
}

function Body({ connection }: { readonly connection: Connection }) {
  const { name, kind, environment, labels, upstream, url, pending, programs, data } = connection;
  const { background } = useApi();
  const { data: status } = useQuery(statusQuery(background));
  // The sample's own agent is ready to use.
  const sampleToken =
    status?.connections
      .find((each) => each.name === name)
      ?.agents.find(({ token }) => token !== null)?.token ?? null;
  return (
    <article className={review.review}>
      <div className={review.main}>
        <header className={review.header}>
          <p className={review.crumb}>
            <Link to="/connections">Connections</Link>
            <span aria-hidden="true">/</span>
            <ShownText text={kindName(kind)} />
          </p>
          <PageHeading title={visible(name)}>
            <ShownText text={name} />
          </PageHeading>
          <p className={review.lead}>
            {kindName(kind)} in{" "}
            <strong>
              <ShownText text={environment} />
            </strong>
            {isClientRun(connection)
              ? ", on the agent’s own machine: its every message passes the gateway, and its credential is there."
              : `, through the gateway: an agent connects to the gateway’s address and never holds the ${kind === "mcp" ? "server" : "database"}’s own credential.`}
          </p>
        </header>
        <WaitingReviews count={pending} fits={(each) => each.connection === name} />
        <section className={styles.section} aria-labelledby="connect">
          <h2 id="connect">Connect an agent</h2>
          {kind === "mcp" ? (
            <McpSnippets connection={connection} token={sampleToken} />
          ) : (
            <>
              <p className={styles.quiet}>
                Put the agent’s name in place of <mark className={styles.placeholder}>AGENT</mark>{" "}
                and its token in place of <mark className={styles.placeholder}>TOKEN</mark>.
              </p>
              <StringSnippets
                template={url}
                credentials={{ agent: null, token: null }}
                of={`of ${name}`}
              />
            </>
          )}
        </section>
        {kind !== "mcp" && <AgentStrings template={url} connection={name} />}
        {kind === "mcp" && <ToolsSection connection={name} />}
        <ProgramErrors programs={programs} />
      </div>
      <aside className={review.aside} aria-label="About this connection">
        <ConnectionHealth connection={connection} />
        <ServerPrograms programs={programs} />
        <section aria-labelledby="upstream">
          <h2 id="upstream">What is behind it</h2>
          <dl className={review.details}>
            <UpstreamDetails upstream={upstream} />
            <Detail name="Its data">
              {data === null ? "nobody has said what it is" : dataWords(data)}
            </Detail>
          </dl>
        </section>
        {Object.keys(labels).length > 0 && (
          <section aria-labelledby="labels">
            <h2 id="labels">Labels</h2>
            <dl className={review.details}>
              {Object.entries(labels).map(([label, value]) => (
                <Detail key={label} name={visible(label)}>
                  <ShownText text={value} />
                </Detail>
              ))}
            </dl>
          </section>
        )}
        <section aria-labelledby="past">
          <h2 id="past">What happened on it</h2>
          <p>
            <Link to="/history" search={{ connection: name }}>
              Its history
            </Link>
          </p>
          <p>
            <Link to="/history" search={{ connection: name, decision: "deny" }}>
              What was denied
            </Link>
          </p>
        </section>
      </aside>
    </article>
  );
}
