/** What a COPY FROM STDIN would load, or was held with: how much, which, and the first of it. */
import { binaryReading } from "@countersign/sdk/binary-value";
import { dataMissingText, dataText } from "@countersign/sdk/data-text";
import { cautions } from "@countersign/sdk/visible";
import type { LoadedData, MaskedPart, Parameter } from "@countersign/sdk/wire/content";
import { type ReactNode, useMemo } from "react";
import { spansOf } from "../masked/masked-parts.ts";
import { MaskedText } from "../text/masked-text.tsx";
import type { MaskedSpan } from "../text/masked-tokens.ts";
import table from "../text/rows-table.module.css";
import { ShownText } from "../text/shown-text.tsx";
import { Sign } from "../text/sign.tsx";
import styles from "./review.module.css";

export function LoadedDataSection({
  data,
  masked = noParts,
  children,
}: {
  readonly data: LoadedData | null;
  readonly masked?: readonly MaskedPart[];
  /** What stands below its rows. */
  readonly children?: ReactNode;
}) {
  const notes = useMemo(() => (data === null ? [] : notesOf(data)), [data]);
  if (data === null) return null;
  const missing = dataMissingText(data);
  return (
    <section className={styles.section} aria-labelledby="data">
      <h2 id="data">The data</h2>
      <dl className={styles.facts}>
        <div>
          <dt>To be loaded</dt>
          <dd>{dataText(data)}</dd>
        </div>
        <div>
          <dt>SHA-256</dt>
          <dd>
            <code className={styles.digest}>{data.sha256}</code>
          </dd>
        </div>
      </dl>
      {notes.map((note) => (
        <p key={note} className={styles.caution}>
          <Sign name="warning" /> {note}
        </p>
      ))}
      {data.firstRows.length > 0 && <FirstRows data={data} masked={masked} />}
      {children}
      {missing !== null && <p className={styles.quiet}>{missing}</p>}
    </section>
  );
}

function notesOf({ columns, firstRows }: LoadedData): readonly string[] {
  const values = firstRows.flatMap((row) => row.values.map(({ text }) => text ?? ""));
  return cautions([...columns, ...values].join("\n"), "line feeds and tabs");
}

/** It may be wider than the page, and can then be moved by the keys too. */
function FirstRows({
  data: { columns, firstRows },
  masked,
}: {
  readonly data: LoadedData;
  readonly masked: readonly MaskedPart[];
}) {
  const width = Math.max(columns.length, ...firstRows.map(({ values }) => values.length));
  const places = Array.from({ length: width }, (_, index) => index);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keys.
    <section className={table.rows} tabIndex={0} aria-label="Its first rows">
      <table>
        <thead>
          <tr>
            {places.map((place) => (
              <th key={place} scope="col">
                <ShownText text={columns[place] ?? `(${place + 1})`} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {firstRows.map(({ values, isCut }, row) => (
            <tr key={row}>
              {places.map((place) => (
                <td key={place}>
                  <Value value={values[place]} masked={spansOf({ masked }, "data", [row, place])} />
                  {isCut && place === values.length - 1 && <em> … cut</em>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Value({
  value,
  masked,
}: {
  readonly value: Parameter | undefined;
  readonly masked: readonly MaskedSpan[];
}) {
  if (value === undefined) return <em>missing</em>;
  if (value.text === null) return <em>NULL</em>;
  if (value.text === "") return <em>empty</em>;
  const reading = masked.length > 0 ? null : binaryReading(value);
  return (
    <>
      <MaskedText text={value.text} masked={masked} />
      {reading !== null && <span className={styles.quiet}> {reading}</span>}
    </>
  );
}

const noParts: readonly MaskedPart[] = [];
