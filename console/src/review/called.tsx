/** What a person has to know of a call besides the call: what its tool says to models, and what its agent has read before. */
import { readsBesides, readsWarning, readText } from "@countersign/sdk/reads-text";
import type { SessionReads } from "@countersign/sdk/wire/content";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { Ago } from "../text/ago.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { Flags } from "../tools/flags.tsx";
import styles from "./review.module.css";

/** Before the call itself: on a phone the rest of it is far below. */
export function Beware({ review: { flags, reads } }: { readonly review: ReviewDetail }) {
  const warnings = [
    reads === null ? null : readsWarning(reads),
    flags.length === 0
      ? null
      : "The definition of its tool says what is there for a model and not for a person.",
  ].filter((warning) => warning !== null);
  return warnings.map((warning) => (
    <p key={warning} className={styles.caution}>
      <ShownText text={warning} />
    </p>
  ));
}

export function ToolFlags({ flags }: Pick<ReviewDetail, "flags">) {
  if (flags.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby="flags">
      <h2 id="flags">What speaks against its tool</h2>
      <Flags flags={flags} />
    </section>
  );
}

export function ReadBefore({ reads }: { readonly reads: SessionReads | null }) {
  if (reads === null) return null;
  const besides = readsBesides(reads);
  return (
    <section className={styles.section} aria-labelledby="reads">
      <h2 id="reads">What the agent has read before</h2>
      {reads.from.length > 0 && (
        <ul className={styles.reads}>
          {reads.from.map((read) => (
            <li key={read.connection}>
              <ShownText text={readText(read)} />
              <span className={styles.quiet}>
                {"; first "}
                <Ago at={read.since} />
                {read.at !== read.since && (
                  <>
                    {", last "}
                    <Ago at={read.at} />
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      {besides !== "" && (
        <p className={styles.quiet}>
          <ShownText text={besides} />
        </p>
      )}
    </section>
  );
}
