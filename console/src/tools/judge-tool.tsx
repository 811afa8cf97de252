/**
 * A definition that nobody has accepted: what that means, and for those who may the word that it is taken so.
 *
 * Guarantees that what is accepted is what is on the screen, by its digest, and only in a second step.
 */
import { ClientError } from "@countersign/sdk/client";
import type { Tool } from "@countersign/sdk/wire";
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api/api-context.tsx";
import { keys, statusQuery } from "../api/queries.ts";
import review from "../review/review.module.css";
import { SteadyButton } from "../shell/steady-button.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { needsAccepting } from "./tool-words.ts";
import styles from "./tools.module.css";

export function AcceptTool({ tool }: { readonly tool: Tool }) {
  const { client, background } = useApi();
  const queries = useQueryClient();
  const { data: status } = useQuery(statusQuery(background));
  const [isSure, setSure] = useState(false);
  const [accepted, setAccepted] = useState<string | null>(null);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      client.acceptTool(tool.connection, { tool: tool.name, digest: tool.offered.digest }),
    onSuccess() {
      setAccepted(tool.offered.digest);
      setSure(false);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.connections }),
  });
  if (accepted === tool.offered.digest && tool.state === "pinned") {
    return (
      <div role="status" className={review.notice} data-tone="green">
        <p>You have accepted this definition. It is on record with your name.</p>
      </div>
    );
  }
  if (!needsAccepting(tool)) return null;
  const mayAccept = status?.caller.kind === "person" && status.caller.administrator;
  return (
    <section className={review.notice} data-tone="amber" aria-labelledby="accept">
      <h2 id="accept">{headingOf(tool)}</h2>
      <p>{meaningOf(tool)}</p>
      {!mayAccept ? (
        <p>An administrator who is signed in can accept it. To turn it down, leave it as it is.</p>
      ) : isSure ? (
        <div className={styles.acts}>
          <SteadyButton isBusy={isPending} onClick={() => mutate()}>
            {isPending ? "Accepting …" : "Accept, with my name"}
          </SteadyButton>
          <Button variant="default" disabled={isPending} onClick={() => setSure(false)}>
            Leave it
          </Button>
        </div>
      ) : (
        <div className={styles.acts}>
          <Button variant="default" onClick={() => setSure(true)}>
            Accept this definition …
          </Button>
          <p className={review.quiet}>To turn it down, leave it as it is.</p>
        </div>
      )}
      <p role="alert" className={styles.failure}>
        {error !== null && (
          <ShownText
            text={error instanceof ClientError ? error.message : "It could not be accepted."}
          />
        )}
      </p>
    </section>
  );
}

function headingOf({ state }: Tool): string {
  return state === "changed"
    ? "Its server has changed its definition"
    : "Its definition holds words that are there for a model";
}

function meaningOf({ state }: Tool): string {
  return state === "changed"
    ? "Agents read the new one, and rules know that it is not the one that was pinned: the starter policies hold every call until somebody accepts it. Look at what has changed, and ask its makers why, before you do."
    : "So it is not pinned by its first use, and the gateway takes the tool for the worst. Somebody has to read it, and accept it if it is honest.";
}
