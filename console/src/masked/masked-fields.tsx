/** The values that are masked in what stands above, each with what it is, and a way to see it for those who may. */
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { useState } from "react";
import { SteadyButton } from "../shell/steady-button.tsx";
import { CommandView } from "../text/command-view.tsx";
import { MaskedChip } from "../text/masked-text.tsx";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./masked.module.css";
import { fieldsOf, type MaskedField, type MaskedOf } from "./masked-parts.ts";
import type { Revealing } from "./use-reveal.ts";

/** The rest is shown to whoever asks. */
const fieldsShownMax = 8;

export function MaskedFields({
  review,
  of,
  revealing,
  name,
}: {
  readonly review: ReviewDetail;
  readonly of: readonly MaskedOf[];
  readonly revealing: Revealing;
  /** Of what stands above, such as "the command". */
  readonly name: string;
}) {
  const [isAllShown, setAllShown] = useState(false);
  const fields = fieldsOf(review, of);
  if (fields.length === 0) return null;
  const shown = isAllShown ? fields : fields.slice(0, fieldsShownMax);
  return (
    <section className={styles.masked} aria-label={`Masked in ${name}`}>
      <p className={styles.lead}>{leadOf(fields)}</p>
      <ul className={styles.fields}>
        {shown.map((field) => (
          <Field
            key={field.field}
            field={field}
            // Where none may, it is said once above.
            isBarred={!field.mayReveal && fields.some(({ mayReveal }) => mayReveal)}
            review={review}
            revealing={revealing}
          />
        ))}
      </ul>
      {shown.length < fields.length && (
        <button type="button" className={styles.more} onClick={() => setAllShown(true)}>
          Show all {fields.length}
        </button>
      )}
      {review.maskedMore > 0 && (
        <p className={styles.quiet}>
          {review.maskedMore.toLocaleString("en")} more are masked, and not listed.
        </p>
      )}
    </section>
  );
}

function leadOf(fields: readonly MaskedField[]): string {
  const same = "Sensitive values are masked; what has the same number is the same value.";
  if (!fields.some(({ mayReveal }) => mayReveal)) return `${same} You may not reveal them.`;
  return `${same} Revealing one shows it to you alone, and goes on record with your name.`;
}

function Field({
  field,
  isBarred,
  review,
  revealing,
}: {
  readonly field: MaskedField;
  readonly isBarred: boolean;
  readonly review: ReviewDetail;
  readonly revealing: Revealing;
}) {
  const text = revealing.shown(field.field);
  const failure = revealing.failure?.field === field.field ? revealing.failure.text : null;
  return (
    <li className={styles.field}>
      <p className={styles.name}>
        {field.texts.map((each) => (
          <code key={each}>
            <MaskedChip text={each} title={field.what} />
          </code>
        ))}{" "}
        <span>
          {field.what} <ShownText text={field.where} />
        </span>
        <State field={field} isShown={text !== undefined} isOpen={review.state === "pending"} />
        {isBarred && <span className={styles.quiet}>not for you to reveal</span>}
      </p>
      <Act field={field} isShown={text !== undefined} revealing={revealing} />
      {text !== undefined && (
        <div className={styles.value}>
          <CommandView plain label={`${field.what}, revealed`} text={text} />
        </div>
      )}
      {failure !== null && (
        <p role="alert" className={styles.failure}>
          <ShownText text={failure} />
        </p>
      )}
    </li>
  );
}

function State({
  field: { revealed, isDemanded },
  isShown,
  isOpen,
}: {
  readonly field: MaskedField;
  readonly isShown: boolean;
  readonly isOpen: boolean;
}) {
  if (revealed || isShown) return <span className={styles.revealed}>revealed by you</span>;
  if (!isDemanded || !isOpen) return null;
  return <span className={styles.demanded}>has to be revealed before an approval</span>;
}

function Act({
  field: { field, texts, mayReveal, revealed },
  isShown,
  revealing,
}: {
  readonly field: MaskedField;
  readonly isShown: boolean;
  readonly revealing: Revealing;
}) {
  if (!mayReveal) return null;
  const isBusy = revealing.busy === field;
  const word = isShown ? "Hide" : revealed ? "Show again" : "Reveal";
  return (
    <SteadyButton
      variant="default"
      className={styles.act}
      isBusy={isBusy}
      label={`${word} ${texts.join(", ")}`}
      onClick={() => (isShown ? revealing.hide(field) : revealing.reveal(field))}
    >
      {isBusy ? "Revealing …" : word}
    </SteadyButton>
  );
}
