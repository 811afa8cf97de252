/** The quickstart's first minute: what to paste into a terminal, and where it leads. */

import { claudeCommand } from "@countersign/sdk/client-lines";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import type { Status } from "@countersign/sdk/wire/status";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { keys } from "../api/queries.ts";
import { useRemembered } from "../shell/remembered.ts";
import { CopyLine } from "../text/copy-line.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { Sign } from "../text/sign.tsx";
import styles from "./first-steps.module.css";

/** Null while it is not known. */
export function useNewestReview(isWanted: boolean): ReviewSummary | "none" | null {
  const { background } = useApi();
  const newest = useQuery({
    // It is old whenever the history is.
    queryKey: [...keys.actions, "newest review"],
    queryFn: () => background.reviews({ limit: 1 }),
    enabled: isWanted,
  });
  if (newest.data === undefined) return null;
  return newest.data.items[0] ?? "none";
}

/** In place of an inbox into which nothing ever came. */
export function FirstSteps({ status }: { readonly status: Status }) {
  const url = sampleOf(status, "postgres")?.url ?? null;
  const deskAgent = sampleOf(status, "mcp");
  return (
    <section className={styles.steps} aria-labelledby="first-steps">
      <h2 id="first-steps" className={styles.title}>
        Let an agent ask, and decide
      </h2>
      <ol>
        <li>
          <h3>Be the agent, in a second terminal in the same folder</h3>
          <p>At a database the sample agent reads some, then wants to delete a customer:</p>
          <CopyLine text="npm run demo:agent" name="the command of the sample agent" />
          {deskAgent !== null && (
            <>
              <p>At a help desk’s tools (MCP) it wants to refund more than a rule lets through:</p>
              <CopyLine
                text="npm run demo:desk"
                name="the command of the sample agent at the desk"
              />
            </>
          )}
          <OwnClients url={url} desk={deskAgent} />
        </li>
        <li>
          <h3>Decide here</h3>
          <p role="status">
            The statement or call appears on this page the moment it waits. Until you decide,
            nothing is changed.
          </p>
        </li>
        <li>
          <h3>See the proof</h3>
          <p>What ran, and signed records of it that anyone can check without this gateway.</p>
        </li>
      </ol>
    </section>
  );
}

/** To which nothing but an address is new. */
function OwnClients({
  url,
  desk,
}: {
  readonly url: string | null;
  readonly desk: SampleAgent | null;
}) {
  if (url === null && desk === null) return null;
  return (
    <details className={styles.own}>
      <summary>Or with a client of yours: psql, Claude Code</summary>
      {url !== null && (
        <CopyLine
          text={`psql '${url}' -c 'delete from customers where id = 8'`}
          name="the psql command"
        />
      )}
      {desk !== null && (
        <CopyLine
          text={claudeCommand(desk.connection, desk.url, desk.token)}
          name="the command that adds the desk to Claude Code"
        />
      )}
    </details>
  );
}

interface SampleAgent {
  readonly connection: string;
  readonly url: string;
  readonly token: string;
}

/** The sample agent on the first connection of a kind. */
function sampleOf({ connections }: Status, wanted: string): SampleAgent | null {
  const [found] = connections
    .filter(({ kind }) => kind === wanted)
    .flatMap(({ name, agents }) =>
      agents.flatMap(({ url, token }) =>
        url === null || token === null ? [] : [{ connection: name, url, token }],
      ),
    );
  return found ?? null;
}

/** Above the inbox, once something came. */
export function NextStep({ newest }: { readonly newest: ReviewSummary }) {
  const [isDismissed, setDismissed] = useRemembered("first-steps-done", false);
  if (isDismissed) return null;
  return (
    <section className={styles.next} aria-label="Next step" role="status">
      {newest.state === "pending" ? (
        <>
          <p>
            <strong>It waits in its own session.</strong> Nothing has changed yet:{" "}
            <ShownText text={newest.headline} />
          </p>
          <Button
            className={styles.look}
            renderRoot={(props) => <Link to="/reviews/$id" params={{ id: newest.id }} {...props} />}
          >
            Look at it
          </Button>
        </>
      ) : (
        <p>
          <strong>That was the whole round.</strong> Ask again with <code>npm run demo:agent</code>{" "}
          or <code>npm run demo:desk</code>, or look at <Link to="/history">all that ran</Link>.
        </p>
      )}
      <button
        type="button"
        className={styles.dismiss}
        aria-label="Put the first steps away"
        onClick={() => setDismissed(true)}
      >
        <Sign name="cross" />
      </button>
    </section>
  );
}
