/** The quickstart's first minute: what to paste into a terminal, and where it leads. */
import type { ReviewSummary, Status } from "@countersign/sdk/wire";
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
  const url = status.connections.flatMap(({ agents }) => agents).find((agent) => agent.url)?.url;
  return (
    <section className={styles.steps} aria-labelledby="first-steps">
      <h2 id="first-steps" className={styles.title}>
        Let an agent ask, and decide
      </h2>
      <ol>
        <li>
          <h3>Be the agent, in a second terminal in the same folder</h3>
          <p>The sample agent reads some, then wants to delete a customer:</p>
          <CopyLine text="npm run demo:agent" name="the command of the sample agent" />
          {typeof url === "string" && (
            <>
              <p>Or use any PostgreSQL client. Only the connection string changes:</p>
              <CopyLine
                text={`psql '${url}' -c 'delete from customers where id = 8'`}
                name="the psql command"
              />
            </>
          )}
        </li>
        <li>
          <h3>Decide here</h3>
          <p role="status">
            The statement appears on this page the moment it waits. Until you decide, nothing is
            changed.
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

/** Above the inbox, once something came. */
export function NextStep({ newest }: { readonly newest: ReviewSummary }) {
  const [isDismissed, setDismissed] = useRemembered("first-steps-done", false);
  if (isDismissed) return null;
  return (
    <section className={styles.next} aria-label="Next step" role="status">
      {newest.state === "pending" ? (
        <>
          <p>
            <strong>It waits in its own session.</strong> Nothing is changed yet:{" "}
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
          <strong>That was the whole round.</strong> Ask again with <code>npm run demo:agent</code>,
          or look at <Link to="/history">all that ran</Link>.
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
