/** What became of a review, in place, as it happens. */
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { useEffect, useRef } from "react";
import { useAnnounce } from "../shell/announcer.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { StateWord } from "../text/state-word.tsx";
import { dateTime } from "../text/times.ts";
import { callOutcome, type Outcome } from "./call-outcome.ts";
import styles from "./review.module.css";

export function OutcomeNotice({
  review,
  isNew,
}: {
  readonly review: ReviewDetail;
  /** It came while the review was on the screen. */
  readonly isNew: boolean;
}) {
  const { tone, sign, title, text } = outcomeOf(review);
  const announce = useAnnounce();
  useEffect(() => announce(`${title}. ${text}`), [announce, title, text]);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // Whoever pressed a button that is gone now goes on reading here.
    if (isNew && document.activeElement === document.body) section.current?.focus();
  }, [isNew]);
  const at = review.execution?.finishedAt ?? review.decidedAt;
  return (
    <section
      ref={section}
      tabIndex={-1}
      className={styles.notice}
      data-tone={tone}
      aria-label="Outcome"
    >
      <h2>
        <StateWord tone={tone} sign={sign}>
          {title}
        </StateWord>
      </h2>
      <p>
        <ShownText text={text} />{" "}
        {at !== null && (
          <time dateTime={at} className={styles.quiet}>
            {dateTime(at)}
          </time>
        )}
      </p>
      <p>
        <a href="#proof">What the log says of it, and its proof</a>
      </p>
      {review.note !== null && (
        <p className={styles.quiet}>
          <ShownText text={review.note} />
        </p>
      )}
    </section>
  );
}

function outcomeOf(review: ReviewDetail): Outcome {
  const { execution, facts } = review;
  const isCall = facts.family === "mcp";
  const again = isCall ? "makes the same call" : "sends the same command";
  if (execution !== null) {
    return (isCall ? callOutcome(execution) : null) ?? executionOutcome(execution);
  }
  const by = decider(review);
  switch (review.state) {
    case "pending":
      return { tone: "accent", sign: "ring", title: "Waiting", text: "Nobody has decided yet." };
    case "approved":
      return review.attached
        ? {
            tone: "accent",
            sign: "dots",
            title: "Approved",
            text: `${by("Approved by")} The session that waits takes it up now.`,
          }
        : {
            tone: "accent",
            sign: "check",
            title: "Approved, not run",
            text: `${by("Approved by")} No session waits for it any more: it runs once when the same agent ${again} again in time.`,
          };
    case "denied":
      return {
        tone: "red",
        sign: "cross",
        title: "Denied",
        text: `${by("Denied by")} Nothing was changed. The agent is told why.`,
      };
    case "changes_requested":
      return {
        tone: "amber",
        sign: "back",
        title: "Changes requested",
        text: `${by("Asked by")} Nothing was changed. The agent is told what to change.`,
      };
    case "expired":
      return {
        tone: "quiet",
        sign: "clock",
        title: "Expired",
        text: "Nobody decided in time, or nobody used the approval. Nothing was changed.",
      };
    case "cancelled":
      return {
        tone: "quiet",
        sign: "dash",
        title: "Cancelled",
        text: "The session that asked has left. Nothing was changed.",
      };
    case "voided":
      if (review.voidedBy === "rejection") {
        return {
          tone: "red",
          sign: "cross",
          title: "Its tool was rejected",
          text: "Nothing was done, and the agent is told. No call of the tool runs as long as its server defines it so and nobody accepts that.",
        };
      }
      return {
        tone: "red",
        sign: "cross",
        title: "Voided by policy",
        text: "It was approved, and policy denies it now. Nothing was changed.",
      };
  }
}

function decider({ verdicts, state }: ReviewDetail): (words: string) => string {
  const kind = { approved: "approve", denied: "deny", changes_requested: "request_changes" }[
    state as "approved" | "denied" | "changes_requested"
  ];
  const people = verdicts.filter((verdict) => verdict.kind === kind && verdict.counts);
  const names = people.map(({ person }) => person).join(", ");
  return (words) => (names === "" ? "" : `${words} ${names}.`);
}

function executionOutcome({ state, detail }: NonNullable<ReviewDetail["execution"]>): Outcome {
  const what = detail ?? "It";
  const outcome = executions[state];
  if (outcome === undefined) {
    return { tone: "amber", sign: "question", title: state, text: detail ?? "" };
  }
  const { words, ...rest } = outcome;
  return { ...rest, text: words(what) };
}

const executions: Readonly<
  Record<string, Omit<Outcome, "text"> & { readonly words: (what: string) => string }>
> = {
  claimed: {
    tone: "accent",
    sign: "dots",
    title: "Running",
    words: () => "It was approved and runs now.",
  },
  executed: {
    tone: "green",
    sign: "check",
    title: "Done",
    words: (what) => `${what}, committed.`,
  },
  executed_uncommitted: {
    tone: "amber",
    sign: "dots",
    title: "Run, not committed yet",
    words: (what) => `${what}, in a transaction that is still open.`,
  },
  rolled_back: {
    tone: "quiet",
    sign: "back",
    title: "Rolled back",
    words: (what) => `${what}, and its transaction was rolled back: nothing of it stays.`,
  },
  failed: {
    tone: "red",
    sign: "cross",
    title: "Failed",
    words: (what) =>
      what === "It"
        ? "The database refused it. Nothing of it stays."
        : `The database refused it: ${what}. Nothing of it stays.`,
  },
  outcome_unknown: {
    tone: "amber",
    sign: "question",
    title: "Nobody knows whether it ran",
    words: () =>
      "The connection or the gateway was lost in the middle. Look at the data before anybody runs it again; Countersign never does that by itself.",
  },
};
