/** What reviewers changed in a command, and what the agent itself had sent. */
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { useMemo } from "react";
import { CallView } from "../call/call-view.tsx";
import { MaskedFields } from "../masked/masked-fields.tsx";
import { spansOf } from "../masked/masked-parts.ts";
import type { Revealing } from "../masked/use-reveal.ts";
import { CommandView } from "../text/command-view.tsx";
import { shownPart } from "../text/shown-part.ts";
import { ShownText } from "../text/shown-text.tsx";
import { dateTime } from "../text/times.ts";
import styles from "./review.module.css";

const ofAsked = ["asked.command", "asked.parameters"] as const;

export function Edits({
  review,
  revealing,
}: {
  readonly review: ReviewDetail;
  readonly revealing: Revealing;
}) {
  const { overrides, asked, masked, facts } = review;
  const spans = useMemo(() => spansOf({ masked }, "asked.command"), [masked]);
  if (overrides.length === 0 || asked === null) return null;
  const sent = shownPart(asked.command);
  return (
    <section className={styles.section} aria-labelledby="edits">
      <h2 id="edits">Edited by a reviewer</h2>
      <ol className={styles.verdicts}>
        {overrides.map(({ person, comment, at, narrows }) => (
          <li key={`${at} ${person}`}>
            <p>
              <strong>
                <ShownText text={person} />
              </strong>{" "}
              edited it{" "}
              <time dateTime={at} className={styles.quiet}>
                {dateTime(at)}
              </time>{" "}
              {narrows
                ? "to what provably does no more, which counts as an approval."
                : "to something else, so others have to approve it."}
            </p>
            <blockquote className={styles.comment}>
              <p>
                <ShownText text={comment} />
              </p>
            </blockquote>
          </li>
        ))}
      </ol>
      <h3>What the agent had sent</h3>
      {facts.family === "mcp" ? (
        <CallView label="What the agent had sent" command={asked.command} masked={spans} />
      ) : (
        <CommandView label="What the agent had sent" text={sent} masked={spans} />
      )}
      {facts.family === "sql" && sent !== asked.command && (
        <p className={styles.quiet}>This is its beginning; none of it runs.</p>
      )}
      <MaskedFields
        review={review}
        of={ofAsked}
        revealing={revealing}
        name="what the agent had sent"
      />
    </section>
  );
}
