/** How a client of MCP comes to a server that runs on the agent's machine: it starts the gateway's command, which starts the server. */
import { clientEntry } from "@countersign/sdk/client-lines";
import type { Connection } from "@countersign/sdk/wire/connection";
import { CopyLine } from "../text/copy-line.tsx";
import styles from "./connections.module.css";
import { TokenToCome, tokenToCome, WithTokenMarked } from "./token-to-come.tsx";

/** What the gateway names as the place of every server that clients start. */
const clientEndpoint = "stdio:client";

export function isClientRun({ kind, upstream }: Connection): boolean {
  return kind === "mcp" && upstream.endpoint === clientEndpoint;
}

export function ClientRunSnippet({
  url,
  name,
  token,
}: {
  readonly url: string;
  readonly name: string;
  /** Null: whoever pastes it has to put it in. */
  readonly token: string | null;
}) {
  const entry = clientEntry(name, url, token ?? tokenToCome);
  return (
    <>
      <p className={styles.quiet}>
        Its server runs where the agent does. The agent’s client starts this command in the server’s
        place, and the command starts the server: put what does so in place of{" "}
        <mark className={styles.placeholder}>COMMAND</mark>.{token === null && <TokenToCome />}
      </p>
      <dl className={styles.snippets}>
        <div>
          <dt>As JSON</dt>
          <dd>
            <CopyLine
              text={entry}
              name={`the entry of ${name} for clients`}
              shown={token === null ? <WithTokenMarked text={entry} /> : undefined}
            />
          </dd>
        </div>
      </dl>
    </>
  );
}
