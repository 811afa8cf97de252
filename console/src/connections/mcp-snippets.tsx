/** How a client of MCP comes to a server through the gateway: its address, and the token of its agent in a header. */
import { claudeCommand, httpEntry } from "@countersign/sdk/client-lines";
import type { Connection } from "@countersign/sdk/wire/connection";
import { CopyLine } from "../text/copy-line.tsx";
import { ClientRunSnippet, isClientRun } from "./client-run.tsx";
import styles from "./connections.module.css";
import { TokenToCome, tokenToCome, WithTokenMarked } from "./token-to-come.tsx";

export function McpSnippets({
  connection,
  token,
}: {
  readonly connection: Connection;
  /** Null: whoever pastes it has to put it in. */
  readonly token: string | null;
}) {
  const { url, name } = connection;
  if (isClientRun(connection)) return <ClientRunSnippet url={url} name={name} token={token} />;
  const given = token ?? tokenToCome;
  const command = claudeCommand(name, url, given);
  const entry = httpEntry(name, url, given);
  return (
    <>
      <p className={styles.quiet}>
        Only the address changes, and the agent’s token goes into a header.
        {token === null && <TokenToCome />}
      </p>
      <dl className={styles.snippets}>
        <div>
          <dt>Address</dt>
          <dd>
            <CopyLine text={url} name={`the address of ${name}`} />
          </dd>
        </div>
        <div>
          <dt>Claude Code</dt>
          <dd>
            <CopyLine
              text={command}
              name={`the command that adds ${name} to Claude Code`}
              shown={token === null ? <WithTokenMarked text={command} /> : undefined}
            />
          </dd>
        </div>
        <div>
          <dt>As JSON</dt>
          <dd>
            <CopyLine
              text={entry}
              name={`the entry of ${name} for other clients`}
              shown={token === null ? <WithTokenMarked text={entry} /> : undefined}
            />
          </dd>
        </div>
      </dl>
    </>
  );
}
