/** One argument of a call: a field of its kind, its type and what the tool says of it. */
import { parseCallTree } from "@countersign/sdk/call-tree";
import { cautions, visible } from "@countersign/sdk/visible";
import { type ReactNode, useId } from "react";
import { CommandView } from "../text/command-view.tsx";
import { fieldText, textOfField } from "../text/field-text.ts";
import { ShownText } from "../text/shown-text.tsx";
import { Sign } from "../text/sign.tsx";
import type { SchemaField } from "../tools/schema-fields.ts";
import { type Argument, prettyText } from "./call-edit.ts";
import { CodeField } from "./code-field.tsx";
import styles from "./edit.module.css";

export function ArgumentField({
  field,
  label,
  argument,
  typed,
  faults,
  onTyped,
  onNull,
  onLeaveOut,
  children,
}: {
  readonly field: SchemaField;
  /** With what it stands in. */
  readonly label: string;
  readonly argument: Argument;
  /** What was typed and is no value of its kind yet. */
  readonly typed: string | null;
  /** What the tool surely does not take of it. */
  readonly faults: readonly string[];
  readonly onTyped: (text: string) => void;
  readonly onNull: (isNull: boolean) => void;
  /** Null where the tool requires it. */
  readonly onLeaveOut: (() => void) | null;
  /** Of one that has fields of its own. */
  readonly children: ReactNode;
}) {
  const id = useId();
  const { name, kind, typeText, description, isNullable } = field;
  const aboutId = `${id}-about`;
  const isNull = isNullable && argument.node.kind === "null";
  const hasFields = kind === "fields";
  return (
    <div
      className={styles.value}
      {...(hasFields ? { role: "group", "aria-labelledby": `${id}-name` } : {})}
    >
      <div className={styles.fieldTop}>
        <label
          {...(hasFields ? {} : { htmlFor: id })}
          id={`${id}-name`}
          className={styles.valueName}
        >
          <code>
            <ShownText text={name} />
          </code>{" "}
          <span>
            <ShownText text={hasFields ? "fields" : typeText} />
          </span>
        </label>
        <span className={styles.acts}>
          {isNullable && (
            <label className={styles.null}>
              <input
                type="checkbox"
                checked={isNull}
                aria-label={`${visible(label)} is null`}
                onChange={({ target }) => onNull(target.checked)}
              />
              null
            </label>
          )}
          {onLeaveOut !== null && (
            <button type="button" className={styles.small} onClick={onLeaveOut}>
              Leave out{" "}
              <span className={styles.unseen}>
                <ShownText text={label} />
              </span>
            </button>
          )}
        </span>
      </div>
      {isNull ? (
        <output id={id} className={styles.nullValue}>
          null
        </output>
      ) : hasFields ? (
        <div className={styles.within}>{children}</div>
      ) : (
        <Field
          field={field}
          argument={argument}
          typed={typed}
          onTyped={onTyped}
          id={id}
          describedBy={aboutId}
        />
      )}
      <p id={aboutId} className={styles.quiet}>
        <ShownText text={description} />
      </p>
      {typed !== null && (
        <p role="status" className={styles.caution}>
          <Sign name="warning" /> {problems[field.kind] ?? "It is no JSON yet."}
        </p>
      )}
      {typed === null && <Faults texts={faults} />}
    </div>
  );
}

export function Faults({ texts }: { readonly texts: readonly string[] }) {
  return texts.map((text) => (
    <p key={text} role="status" className={styles.caution}>
      <Sign name="warning" /> <ShownText text={text} />
    </p>
  ));
}

/** Texts as they are: what stands there is JSON only underneath. */
function choiceText(written: string): string {
  const node = parseCallTree(written);
  return visible(node !== null && "value" in node ? node.value : written);
}

const problems: Partial<Record<SchemaField["kind"], string>> = {
  number: "It is no number yet.",
  integer: "It is no number yet.",
};

function Field({
  field: { kind, choices },
  argument: { node, text },
  typed,
  onTyped,
  id,
  describedBy,
}: {
  readonly field: SchemaField;
  readonly argument: Argument;
  readonly typed: string | null;
  readonly onTyped: (text: string) => void;
  readonly id: string;
  readonly describedBy: string;
}) {
  switch (kind) {
    case "text":
    case "long_text": {
      const value = "value" in node ? node.value : "";
      return (
        <>
          <CodeField
            id={id}
            value={fieldText(value)}
            rows={kind === "long_text" && value.includes("\n") ? 4 : 1}
            describedBy={describedBy}
            onText={(next) => onTyped(textOfField(next, value))}
          />
          {cautions(value).length > 0 && (
            <CommandView plain label="The same, with hidden characters" text={value} />
          )}
        </>
      );
    }
    case "boolean":
    case "choice": {
      const options =
        kind === "boolean" ? ["true", "false"] : choices.map((each) => JSON.stringify(each));
      return (
        <select
          id={id}
          className={styles.select}
          value={text}
          aria-describedby={describedBy}
          onChange={({ target }) => onTyped(target.value)}
        >
          {[...new Set([text, ...options])].map((option) => (
            <option key={option} value={option}>
              {choiceText(option)}
            </option>
          ))}
        </select>
      );
    }
    case "number":
    case "integer":
      return <CodeField id={id} value={typed ?? text} describedBy={describedBy} onText={onTyped} />;
    case "fields":
    case "json":
      return (
        <CodeField
          id={id}
          rows={3}
          value={fieldText(typed ?? prettyText(text))}
          describedBy={describedBy}
          onText={onTyped}
        />
      );
  }
}
