import { callLine } from "@countersign/sdk/call-tree";
import { signText } from "@countersign/sdk/signs-text";
import { visibleSegments } from "@countersign/sdk/visible";
import type { QuorumGroup, ReviewSummary } from "@countersign/sdk/wire/review";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { isProduction } from "../review/decidable.ts";
import { useNow } from "../text/clock.tsx";
import { Segments, ShownText } from "../text/shown-text.tsx";
import { Sign } from "../text/sign.tsx";
import { ReviewState } from "../text/state-word.tsx";
import { TimeLeft } from "../text/time-left.tsx";
import { dateTime, duration } from "../text/times.ts";
import styles from "./inbox.module.css";
import { isWaiting } from "./inbox-rows.ts";

export const InboxRow = memo(function InboxRow({ review }: { readonly review: ReviewSummary }) {
  const waits = isWaiting(review);
  const { principal, onBehalfOf, environment } = review;
  return (
    <li className={styles.row} data-decided={!waits || undefined}>
      <div className={styles.what}>
        <Link to="/reviews/$id" params={{ id: review.id }} data-row className={styles.headline}>
          <ShownText text={review.headline} />
        </Link>
        <code className={styles.command}>
          <Segments segments={visibleSegments(firstLines(commandOf(review)))} />
        </code>
        <Signs signs={review.signs} />
        <p className={styles.who}>
          <ShownText text={principal.name} />
          {onBehalfOf !== null && (
            <>
              {" "}
              for <ShownText text={onBehalfOf} />
            </>
          )}
          {isProduction(environment) && (
            <>
              {" in "}
              <strong className={styles.production}>
                <ShownText text={environment} />
              </strong>
            </>
          )}
        </p>
      </div>
      <div className={styles.when}>
        {waits ? (
          <TimeLeft until={review.expiresAt} />
        ) : (
          <ReviewState state={review.state} voidedBy={review.voidedBy} />
        )}
        <p>
          <Opened at={review.openedAt} />
        </p>
        {waits && <p>{quorumText(review.quorum)}</p>}
      </div>
    </li>
  );
});

function Signs({ signs }: Pick<ReviewSummary, "signs">) {
  if (signs.length === 0) return null;
  return (
    <ul className={styles.signs} aria-label="Look out">
      {signs.map((sign) => (
        <li key={sign} data-tone={sign === "may_leak" ? "red" : "amber"}>
          <Sign name="warning" /> {capital(signText(sign))}
        </li>
      ))}
    </ul>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function Opened({ at }: { readonly at: string }) {
  const age = duration(Math.max(0, useNow(15_000) - Date.parse(at)));
  return (
    <time dateTime={at} title={dateTime(at)}>
      asked {age} ago
    </time>
  );
}

function quorumText(quorum: readonly QuorumGroup[]): string {
  const needed = quorum.reduce((sum, group) => sum + group.needed, 0);
  const given = quorum.reduce((sum, group) => sum + group.given.length, 0);
  return `${given} of ${needed} approved`;
}

/** The headline has the tool's name. */
function commandOf({ verb, command }: ReviewSummary): string {
  return verb.startsWith("mcp.") ? callLine(command) : command;
}

const linesShown = 2;
const charsShown = 220;

/** Blank lines tell nothing here; the review page has the command as it is. */
function firstLines(command: string): string {
  const lines = command
    .slice(0, charsShown * 4)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const text = lines.slice(0, linesShown).join(" ");
  const isCut = text.length > charsShown || lines.length > linesShown;
  const part = text.slice(0, charsShown).replace(/[\ud800-\udbff]$/, "");
  return isCut || command.length > charsShown * 4 ? `${part} …` : part;
}
