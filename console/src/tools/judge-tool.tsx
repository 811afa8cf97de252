/**
 * A definition that nobody has accepted, or that somebody has rejected: what that means, and for those who may the word on it.
 *
 * Guarantees that what is judged is what is on the screen, by its digest, and only in a second step.
 */
import { ClientError } from "@countersign/sdk/client";
import type { Tool } from "@countersign/sdk/wire/tool";
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api/api-context.tsx";
import { keys, statusQuery } from "../api/queries.ts";
import review from "../review/review.module.css";
import { SteadyButton } from "../shell/steady-button.tsx";
import { Ago } from "../text/ago.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { needsJudging } from "./tool-words.ts";
import styles from "./tools.module.css";

type Verdict = "accept" | "reject";

export function JudgeTool({ tool }: { readonly tool: Tool }) {
  const { client, background } = useApi();
  const queries = useQueryClient();
  const { data: status } = useQuery(statusQuery(background));
  const [asked, setAsked] = useState<Verdict | null>(null);
  const [accepted, setAccepted] = useState<string | null>(null);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (verdict: Verdict) => {
      const request = { tool: tool.name, digest: tool.offered.digest };
      return verdict === "accept"
        ? client.acceptTool(tool.connection, request)
        : client.rejectTool(tool.connection, request);
    },
    onSuccess(_, verdict) {
      if (verdict === "accept") setAccepted(tool.offered.digest);
      setAsked(null);
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
  if (!needsJudging(tool)) return null;
  const mayJudge = status?.caller.kind === "person" && status.caller.administrator;
  const isRejected = tool.state === "rejected";
  return (
    <section
      className={review.notice}
      data-tone={isRejected ? "red" : "amber"}
      aria-labelledby="judge"
    >
      <h2 id="judge">{headings[whyOf(tool)]}</h2>
      <p>{meanings[whyOf(tool)]}</p>
      {tool.rejected !== null && (
        <p>
          Rejected by <ShownText text={tool.rejected.person} />, <Ago at={tool.rejected.at} />.
        </p>
      )}
      {!mayJudge ? (
        <p>
          An administrator who is signed in can accept{" "}
          {isRejected ? "it all the same" : "or reject it"}.
        </p>
      ) : asked === null ? (
        <div className={styles.acts}>
          <Button variant="default" onClick={() => setAsked("accept")}>
            {isRejected ? "Accept it all the same …" : "Accept this definition …"}
          </Button>
          {!isRejected && (
            <Button variant="default" onClick={() => setAsked("reject")}>
              Reject it …
            </Button>
          )}
        </div>
      ) : (
        <>
          {asked === "reject" && (
            <p>
              Calls of it that wait, or were approved and have not run, end at once and for good,
              and their agents are told. Every other one is denied, and agents don’t see the tool,
              until its server says something else or somebody accepts it.
            </p>
          )}
          <div className={styles.acts}>
            <SteadyButton isBusy={isPending} onClick={() => mutate(asked)}>
              {isPending ? "Recording …" : `${verdictWords[asked]}, with my name`}
            </SteadyButton>
            <Button variant="default" disabled={isPending} onClick={() => setAsked(null)}>
              Leave it
            </Button>
          </div>
        </>
      )}
      <p role="alert" className={styles.failure}>
        {error !== null && (
          <ShownText
            text={error instanceof ClientError ? error.message : "Your word could not be recorded."}
          />
        )}
      </p>
    </section>
  );
}

const verdictWords = { accept: "Accept", reject: "Reject" } as const;

function whyOf({ state }: Tool): keyof typeof headings {
  return state === "changed" || state === "rejected" ? state : "flagged";
}

const headings = {
  changed: "Its server has changed its definition",
  flagged: "Its definition holds words that are there for a model",
  rejected: "Its definition was rejected",
} as const;

const meanings = {
  changed:
    "No agent reads the new one yet, and rules know that it is not the one that was pinned: the starter policies hold every call until somebody accepts it. Look at what has changed, and ask its makers why, before you do.",
  flagged:
    "So it is not pinned by its first use, and the gateway takes the tool for the worst. Somebody has to read it, and accept it if it is honest.",
  rejected:
    "Every call of it is denied, and agents don’t see it. Where its server says something else, that is a change that waits for somebody to accept it.",
} as const;
