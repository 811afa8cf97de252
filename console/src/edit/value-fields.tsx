import { binaryReading } from "@countersign/sdk/binary-value";
import { cautions } from "@countersign/sdk/visible";
import type { Parameter } from "@countersign/sdk/wire/content";
import { typeName } from "../review/parameters.tsx";
import { CommandView } from "../text/command-view.tsx";
import { fieldText, textOfField } from "../text/field-text.ts";
import { Sign } from "../text/sign.tsx";
import { CodeField } from "./code-field.tsx";
import styles from "./edit.module.css";
import { type EditDraft, editedValue, type Held } from "./edit-draft.ts";

export function ValueFields({
  draft,
  held,
  onDraft,
}: {
  readonly draft: EditDraft;
  readonly held: Held;
  readonly onDraft: (draft: EditDraft) => void;
}) {
  if (held.parameters.length === 0) return null;
  return (
    <fieldset className={styles.values}>
      <legend>Values</legend>
      <p className={styles.quiet}>They can be changed or left out; there can’t be more of them.</p>
      {held.parameters.map((parameter, index) => (
        <ValueField
          key={index}
          index={index}
          parameter={parameter}
          value={editedValue(draft, held, index)}
          onValue={(value) => onDraft({ ...draft, values: { ...draft.values, [index]: value } })}
        />
      ))}
    </fieldset>
  );
}

function ValueField({
  index,
  parameter,
  value,
  onValue,
}: {
  readonly index: number;
  readonly parameter: Parameter;
  readonly value: string | null;
  readonly onValue: (value: string | null) => void;
}) {
  const { text, type, format } = parameter;
  const reading = binaryReading(parameter);
  const fieldId = `value-${index}`;
  const name = (
    <>
      <code>${index + 1}</code> <span>{typeName(type)}</span>
    </>
  );
  if (format === "binary") {
    return (
      <div className={styles.value}>
        <p className={styles.valueName}>{name}</p>
        {text === null ? (
          <em>NULL</em>
        ) : (
          <CommandView plain label={`Value of parameter ${index + 1}`} text={text} />
        )}
        {reading !== null && <p>{reading}</p>}
        <p className={styles.quiet}>
          Sent in a binary form, so it can’t be edited here and stays as it is. Write a value into
          the command instead of ${index + 1} to change it.
        </p>
      </div>
    );
  }
  const notes = value === null ? [] : cautions(value);
  return (
    <div className={styles.value}>
      <div className={styles.fieldTop}>
        <label htmlFor={fieldId} className={styles.valueName}>
          {name}
        </label>
        <label className={styles.null}>
          <input
            type="checkbox"
            checked={value === null}
            aria-label={`$${index + 1} is NULL`}
            onChange={({ target }) => onValue(target.checked ? null : (text ?? ""))}
          />
          NULL
        </label>
      </div>
      {value === null ? (
        <output id={fieldId} className={styles.nullValue}>
          NULL
        </output>
      ) : (
        <CodeField
          id={fieldId}
          value={fieldText(value)}
          onText={(typed) => onValue(textOfField(typed, text ?? ""))}
        />
      )}
      {notes.length > 0 && value !== null && (
        <div role="status" className={styles.hidden}>
          {notes.map((note) => (
            <p key={note} className={styles.caution}>
              <Sign name="warning" /> {note}
            </p>
          ))}
          <CommandView plain label={`$${index + 1}, with hidden characters`} text={value} />
        </div>
      )}
    </div>
  );
}
