/** The programs that the gateway has started for a tool server: whether any runs, how the last one ended, and what they complained of. */
import type { ServerPrograms as Programs } from "@countersign/sdk/wire/connection";
import { Detail } from "../review/detail.tsx";
import review from "../review/review.module.css";
import { Ago } from "../text/ago.tsx";
import { CommandView } from "../text/command-view.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { TimeLeft } from "../text/time-left.tsx";
import styles from "./connections.module.css";

export function ServerPrograms({ programs }: { readonly programs: Programs | null }) {
  if (programs === null) return null;
  const { running, startsAgainAt, lastEnd } = programs;
  return (
    <section aria-labelledby="programs">
      <h2 id="programs">Its program</h2>
      <dl className={review.details}>
        <Detail name="Running now">{running === 0 ? "none" : running}</Detail>
        {startsAgainAt !== null && (
          <Detail name="Next start">
            <TimeLeft until={startsAgainAt} />
          </Detail>
        )}
        {lastEnd !== null && (
          <Detail name="Last end">
            <ShownText text={endText(lastEnd)} />, <Ago at={lastEnd.at} />
          </Detail>
        )}
      </dl>
      <p className={startsAgainAt === null ? styles.quiet : styles.failure}>
        {startsAgainAt === null
          ? "It is started for each session of an agent, and ends with it."
          : "It keeps ending by itself, and is started at longer and longer intervals."}
      </p>
    </section>
  );
}

/** On the page itself: lines are long. */
export function ProgramErrors({ programs }: { readonly programs: Programs | null }) {
  const said = programs?.said ?? [];
  if (said.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby="said">
      <h2 id="said">What it wrote to standard error</h2>
      <p className={styles.quiet}>
        The last lines of any of its programs, masked as in the gateway’s log. The newest came{" "}
        <Ago at={said.at(-1)?.at ?? ""} />.
      </p>
      <CommandView plain label="Standard error" text={said.map(({ text }) => text).join("\n")} />
    </section>
  );
}

function endText({ code, signal }: NonNullable<Programs["lastEnd"]>): string {
  if (signal !== null) return `by ${signal}`;
  return code === null ? "with the process that starts it" : `by itself, with exit code ${code}`;
}
