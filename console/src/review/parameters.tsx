import { binaryReading } from "@countersign/sdk/binary-value";
import type { Parameter } from "@countersign/sdk/wire/content";
import { CommandView } from "../text/command-view.tsx";
import { noSpans } from "../text/masked-text.tsx";
import type { MaskedSpan } from "../text/masked-tokens.ts";
import { shownPart } from "../text/shown-part.ts";
import styles from "./review.module.css";
import { parametersShownMax } from "./whole.ts";

export function Parameters({
  parameters,
  isAllShown,
  masked = [],
}: {
  readonly parameters: readonly Parameter[];
  readonly isAllShown: boolean;
  /** Of each in its place. */
  readonly masked?: readonly (readonly MaskedSpan[])[];
}) {
  const shown = isAllShown ? parameters : parameters.slice(0, parametersShownMax);
  return (
    <dl className={styles.parameters}>
      {shown.map((parameter, index) => {
        const { type, format, text } = parameter;
        // What it would be read as is what is masked.
        const reading = (masked[index] ?? noSpans).length > 0 ? null : binaryReading(parameter);
        return (
          <div key={index}>
            <dt>
              <code>${index + 1}</code> <span>{typeName(type)}</span>
              {format === "binary" && <span> binary</span>}
            </dt>
            <dd>
              {text === null ? (
                <em>NULL</em>
              ) : (
                <CommandView
                  plain
                  label={`Value of parameter ${index + 1}`}
                  text={isAllShown ? text : shownPart(text)}
                  masked={masked[index] ?? noSpans}
                />
              )}
              {reading !== null && <p>{reading}</p>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

export function typeName(type: number): string {
  return typeNames[type] ?? (type === 0 ? "type left open" : `type ${type}`);
}

/** Of PostgreSQL's catalogue (pg_type.dat); these numbers never change. */
const typeNames: Readonly<Record<number, string>> = {
  16: "boolean",
  17: "bytea",
  18: "char",
  20: "bigint",
  21: "smallint",
  23: "integer",
  25: "text",
  26: "oid",
  114: "json",
  700: "real",
  701: "double precision",
  1042: "character",
  1043: "varchar",
  1082: "date",
  1083: "time",
  1114: "timestamp",
  1184: "timestamptz",
  1186: "interval",
  1700: "numeric",
  2950: "uuid",
  3802: "jsonb",
};
