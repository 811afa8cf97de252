/** One tool of a tool server: how it is defined, what speaks against it, and how that differs from what was pinned. */
import { claimsText, classText, definitionText } from "@countersign/sdk/facts-text";
import { visible } from "@countersign/sdk/visible";
import type { Tool } from "@countersign/sdk/wire/tool";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { toolQuery } from "../api/queries.ts";
import { Detail, LongId } from "../review/detail.tsx";
import review from "../review/review.module.css";
import { isMissingError, Missing } from "../shell/missing.tsx";
import { PageFailure } from "../shell/page-failure.tsx";
import { PageHeading } from "../shell/page-heading.tsx";
import { PageLoading } from "../shell/page-loading.tsx";
import { Ago } from "../text/ago.tsx";
import { CommandView } from "../text/command-view.tsx";
import { DifferenceView } from "../text/difference-view.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { StateWord } from "../text/state-word.tsx";
import { Flags } from "./flags.tsx";
import { JudgeTool } from "./judge-tool.tsx";
import { ToolArguments } from "./tool-arguments.tsx";
import { placeText, stateWord } from "./tool-words.ts";
import styles from "./tools.module.css";

export function ToolPage() {
  const { name } = useParams({ from: "/connections/$name/tool" });
  const { tool } = useSearch({ from: "/connections/$name/tool" });
  const api = useApi();
  const { data, error, isPending, refetch } = useQuery(toolQuery(api, name, tool));
  if (isPending) return <PageLoading label="The tool is loading" />;
  if (data !== undefined) return <Body key={`${name} ${tool}`} tool={data} />;
  if (isMissingError(error)) {
    return (
      <Missing title="There is no such tool">
        <p>
          The server lists none that is called <ShownText text={tool} />, as far as the gateway has
          heard.
        </p>
        <p>
          <Link to="/connections/$name" params={{ name }}>
            Its connection
          </Link>
        </p>
      </Missing>
    );
  }
  return (
    <PageFailure error={error} title="This tool can't be shown" reset={() => void refetch()} />
  );
}

function Body({ tool }: { readonly tool: Tool }) {
  const { name, connection, title, offered, pinned } = tool;
  const { tone, sign, word } = stateWord(tool);
  const description = textOf(offered.content["description"]);
  return (
    <article className={review.review}>
      <div className={review.main}>
        <header className={review.header}>
          <p className={review.crumb}>
            <Link to="/connections/$name" params={{ name: connection }}>
              <ShownText text={connection} />
            </Link>
            <span aria-hidden="true">/</span>
            <StateWord tone={tone} sign={sign}>
              {word}
            </StateWord>
          </p>
          <PageHeading title={visible(name)}>
            <ShownText text={name} />
          </PageHeading>
          {title !== null && title !== name && (
            <p className={review.lead}>
              Its server calls it <ShownText text={title} />.
            </p>
          )}
        </header>
        <JudgeTool tool={tool} />
        <FlagsSection tool={tool} />
        {pinned !== null && tool.differences.length > 0 && <Differences tool={tool} />}
        <section className={review.section} aria-labelledby="description">
          <h2 id="description">What its server says of it</h2>
          {description === null ? (
            <p className={review.quiet}>Nothing.</p>
          ) : (
            <div className={styles.text}>
              <CommandView plain label="Its description" text={description} />
            </div>
          )}
        </section>
        <ToolArguments schema={offered.content["inputSchema"]} />
        <section className={review.section} aria-labelledby="definition">
          <h2 id="definition">Its definition</h2>
          <details className={styles.whole}>
            <summary>All of it, as JSON</summary>
            <CommandView label="The definition" text={JSON.stringify(offered.content, null, 2)} />
          </details>
        </section>
      </div>
      <Aside tool={tool} />
    </article>
  );
}

function FlagsSection({ tool: { found } }: { readonly tool: Tool }) {
  if (found.length === 0) return null;
  return (
    <section className={review.section} aria-labelledby="flags">
      <h2 id="flags">What speaks against it</h2>
      <Flags flags={found} />
    </section>
  );
}

function Differences({ tool: { differences } }: { readonly tool: Tool }) {
  return (
    <section className={review.section} aria-labelledby="differences">
      <h2 id="differences">What has changed</h2>
      {differences.map(({ path, before, after }) => {
        const name = path.join(" › ");
        return (
          <div key={name} className={styles.difference}>
            <h3>
              <ShownText text={name === "" ? "The whole" : name} />
            </h3>
            {before !== undefined && after !== undefined ? (
              <DifferenceView
                before={placeText(before)}
                after={placeText(after)}
                label={`Change of ${visible(name)}`}
              />
            ) : (
              <>
                <p className={review.quiet}>{after === undefined ? "Is gone:" : "Is new:"}</p>
                <CommandView
                  label={`Change of ${visible(name)}`}
                  text={placeText(after === undefined ? before : after)}
                />
              </>
            )}
          </div>
        );
      })}
    </section>
  );
}

function Aside({ tool }: { readonly tool: Tool }) {
  const { connection, why, pinned, offered } = tool;
  return (
    <aside className={review.aside} aria-label="About this tool">
      <section aria-labelledby="taken">
        <h2 id="taken">What it is taken for</h2>
        <p>
          {capitalised(classText(tool))}. <ShownText text={why} />
        </p>
      </section>
      <section aria-labelledby="claims">
        <h2 id="claims">What is claimed</h2>
        <p>{capitalised(claimsText(tool))}.</p>
      </section>
      <section aria-labelledby="pinned">
        <h2 id="pinned">Definition</h2>
        <p>{capitalised(definitionText({ definition: tool.state }))}.</p>
        <dl className={review.details}>
          {pinned !== null && (
            <>
              <Detail name="Pinned">
                <Ago at={pinned.at} />
              </Detail>
              <Detail name="By">
                {pinned.person === null ? "its first use" : <ShownText text={pinned.person} />}
              </Detail>
              <LongId name="Pinned as" text={pinned.digest} />
            </>
          )}
          <LongId name="Now" text={offered.digest} />
        </dl>
      </section>
      <section aria-labelledby="past">
        <h2 id="past">What happened on it</h2>
        <p>
          <Link to="/history" search={{ connection }}>
            History of its connection
          </Link>
        </p>
      </section>
    </aside>
  );
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
