/** The quickstart's first minute: what to paste into a terminal, and where it leads. */
import type { Status } from "@countersign/sdk/wire";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.tsx";
import { keys } from "../api/queries.ts";
import { useRemembered } from "../shell/remembered.ts";
import { CopyLine } from "../text/copy-line.tsx";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./first-steps.module.css";

export function FirstSteps({ status }: { readonly status: Status }) {
  const [isDismissed, setDismissed] = useRemembered("first-steps-done", false);
  const { background } = useApi();
  const newest = useQuery({
    // It is read again whenever the inbox is.
    queryKey: [...keys.actions, "newest review"],
    queryFn: () => background.reviews({ limit: 1 }),
  });
  const review = newest.data?.items[0];
  const url = status.connections.flatMap(({ agents }) => agents).find((agent) => agent.url)?.url;
  if (isDismissed || newest.data === undefined) return null;
  return (
    <section className={styles.steps} aria-label="First steps">
      <ol>
        <li data-done={review !== undefined || undefined}>
          <h2>Let an agent ask for something</h2>
          <p>
            In a second terminal, in the same folder. The sample agent reads, then wants to delete:
          </p>
          <CopyLine text="npm run demo:agent" name="the command of the sample agent" />
          {typeof url === "string" && (
            <>
              <p>Or be the agent yourself, with any PostgreSQL client:</p>
              <CopyLine
                text={`psql '${url}' -c 'delete from customers where id = 7'`}
                name="the psql command"
              />
            </>
          )}
        </li>
        <li data-done={(review !== undefined && review.state !== "pending") || undefined}>
          <h2>Decide</h2>
          {review?.state === "pending" ? (
            <>
              <p role="status">
                It waits, in its own session: <ShownText text={review.headline} />
              </p>
              <Button
                size="md"
                renderRoot={(props) => (
                  <Link to="/reviews/$id" params={{ id: review.id }} {...props} />
                )}
              >
                Look at it
              </Button>
            </>
          ) : (
            <p>
              {review === undefined
                ? "The statement appears here the moment it waits. Nothing has run yet then."
                : "The agent has its answer."}
            </p>
          )}
        </li>
        <li>
          <h2>See the proof</h2>
          <p>
            After your verdict the review shows what ran, and the records that prove it to anyone,
            offline.
          </p>
        </li>
      </ol>
      {review !== undefined && (
        <button type="button" className={styles.dismiss} onClick={() => setDismissed(true)}>
          Put the first steps away
        </button>
      )}
    </section>
  );
}
