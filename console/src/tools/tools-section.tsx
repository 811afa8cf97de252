/** The tools of a tool server, on the page of its connection. */
import type { ToolSummary } from "@countersign/sdk/wire/tool";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { toolsQuery } from "../api/queries.ts";
import list from "../inbox/inbox.module.css";
import { firstLine } from "../text/first-line.ts";
import { ShownText } from "../text/shown-text.tsx";
import { StateWord } from "../text/state-word.tsx";
import { classWords, inOrder, stateWord } from "./tool-words.ts";
import styles from "./tools.module.css";

export function ToolsSection({ connection }: { readonly connection: string }) {
  const api = useApi();
  const { data, error } = useQuery(toolsQuery(api, connection));
  return (
    <section className={styles.section} aria-labelledby="tools">
      <h2 id="tools">Tools</h2>
      {data === undefined ? (
        <p role="status" className={styles.quiet}>
          {error === null ? "The tools are loading …" : "The tools can’t be read."}
        </p>
      ) : data.items.length === 0 ? (
        <p className={styles.quiet}>
          None is known yet. The gateway learns them when an agent lists them.
        </p>
      ) : (
        <>
          <ul className={list.rows}>
            {inOrder(data.items).map((tool) => (
              <Row key={tool.name} connection={connection} tool={tool} />
            ))}
          </ul>
          {data.next !== null && (
            <p className={styles.quiet}>These are the first {data.items.length}.</p>
          )}
        </>
      )}
    </section>
  );
}

function Row({ connection, tool }: { readonly connection: string; readonly tool: ToolSummary }) {
  const { name, toolClass, description, flags } = tool;
  const { tone, sign, word } = stateWord(tool);
  return (
    <li className={list.row}>
      <div className={list.what}>
        <Link
          to="/connections/$name/tool"
          params={{ name: connection }}
          search={{ tool: name }}
          className={styles.name}
        >
          <ShownText text={name} />
        </Link>
        {description !== null && (
          <p className={styles.words}>
            <ShownText text={firstLine(description)} />
          </p>
        )}
      </div>
      <div className={list.when}>
        <StateWord tone={tone} sign={sign}>
          {word}
        </StateWord>
        <p>{classWords[toolClass]}</p>
        {flags > 0 && <p className={styles.loud}>{flagsText(flags)}</p>}
      </div>
    </li>
  );
}

function flagsText(flags: number): string {
  return flags === 1 ? "1 warning" : `${flags.toLocaleString("en")} warnings`;
}
