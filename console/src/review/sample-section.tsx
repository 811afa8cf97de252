/** Some of the rows that a measured statement would touch. No term of the review: they change under a reader. */
import { rowFate, sampleText, sampleTitle, valueWord } from "@countersign/sdk/sample-text";
import { cautions } from "@countersign/sdk/visible";
import type { Effect, Sample, SampleRow, SampleValue } from "@countersign/sdk/wire/effect";
import { useMemo } from "react";
import { MaskedChip } from "../text/masked-text.tsx";
import table from "../text/rows-table.module.css";
import { ShownText } from "../text/shown-text.tsx";
import { Sign } from "../text/sign.tsx";
import page from "./review.module.css";
import styles from "./sample.module.css";

export function SampleSection({ effect }: { readonly effect: Effect | null }) {
  const sample = effect?.sample ?? null;
  const notes = useMemo(() => (sample === null ? [] : notesOf(sample)), [sample]);
  if (effect === null || sample === null) return null;
  const title = sampleTitle(sample);
  return (
    <section className={page.section} aria-labelledby="sample">
      <h2 id="sample">{title}</h2>
      <p className={page.quiet}>
        <ShownText text={sampleText(sample, effect)} />
      </p>
      {notes.map((note) => (
        <p key={note} className={page.caution}>
          <Sign name="warning" /> {note}
        </p>
      ))}
      <Rows sample={sample} />
    </section>
  );
}

function notesOf({ columns, rows }: Sample): readonly string[] {
  const values = rows.flatMap(({ before, after }) =>
    [...(before ?? []), ...(after ?? [])].map(({ text }) => text ?? ""),
  );
  const names = columns.flatMap(({ name, type }) => [name, type]);
  return cautions([...names, ...values].join("\n"), "line feeds and tabs");
}

/** Where it is wider than the page it can be moved by the keys too; on a narrow one each row is a list of its own. */
function Rows({ sample: { columns, rows } }: { readonly sample: Sample }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keys.
    <section className={`${table.rows} ${styles.rows}`} tabIndex={0} aria-label="Rows, masked">
      <table>
        <thead>
          <tr>
            <th scope="col">Row</th>
            {columns.map(({ name, type, isKey, sensitive }) => (
              <th key={name} scope="col">
                <ShownText text={name} />
                <span className={styles.type}>
                  <ShownText text={type} />
                  {isKey && ", key"}
                  {sensitive && ", sensitive"}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              <th scope="row">{rowFate(row)}</th>
              {columns.map(({ name }, place) => (
                <td key={name}>
                  <span className={styles.label} aria-hidden="true">
                    <ShownText text={name} />
                  </span>
                  <Cell row={row} place={place} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ row: { before, after, changed }, place }: CellProps) {
  const [was, is] = [before?.[place], after?.[place]];
  if (was === undefined || is === undefined || !changed.includes(place)) {
    return (
      <span>
        <Value value={is ?? was} />
      </span>
    );
  }
  return (
    <span className={styles.change}>
      <del>
        <Value value={was} />
      </del>
      <span className={styles.becomes}> becomes </span>
      <ins>
        <Value value={is} />
      </ins>
    </span>
  );
}

interface CellProps {
  readonly row: SampleRow;
  readonly place: number;
}

function Value({ value }: { readonly value: SampleValue | undefined }) {
  if (value === undefined) return null;
  const word = valueWord(value);
  if (word !== null) return <em>{word}</em>;
  const text = value.text ?? "";
  return (
    <span>
      {value.isMasked ? <MaskedChip text={text} title="Masked" /> : <ShownText text={text} />}
      {value.isCut && <em> … cut</em>}
    </span>
  );
}
