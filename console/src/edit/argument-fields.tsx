/** What stands in an object, member by member: what its schema names first, then what else is there. Objects in it likewise. */
import type { SchemaFault } from "@countersign/sdk/schema-faults";
import { ShownText } from "../text/shown-text.tsx";
import { fieldsOf, type SchemaField } from "../tools/schema-fields.ts";
import { ArgumentField, Faults } from "./argument-field.tsx";
import {
  type Argument,
  firstText,
  kindFor,
  kindOf,
  readArguments,
  withArgument,
  writtenAs,
} from "./call-edit.ts";
import { faultTexts } from "./call-faults.ts";
import styles from "./edit.module.css";
import type { EditDraft } from "./edit-draft.ts";

type Unread = EditDraft["unread"];

interface ArgumentFieldsProps {
  /** A stranger's. */
  readonly schema: unknown;
  /** Whether the tool is known at all. */
  readonly isKnown: boolean;
  readonly given: readonly Argument[];
  /** Of the object, as it is written. */
  readonly text: string;
  /** Names of what it stands in, from the outermost on. */
  readonly path: readonly string[];
  readonly unread: Unread;
  /** Of all arguments. */
  readonly faults: readonly SchemaFault[];
  readonly onText: (text: string, unread: Unread) => void;
  readonly onUnread: (unread: Unread) => void;
}

/** What lies deeper is edited as JSON. */
const depthMax = 4;

export function ArgumentFields(props: ArgumentFieldsProps) {
  const { schema, isKnown, given, path } = props;
  const named = fieldsOf(schema);
  const others = given
    .filter((each) => !named.some((field) => field.name === each.name))
    .map((each) => unnamedField(each, isKnown ? "not named by the tool" : ""));
  return (
    <>
      {[...named, ...others].map((field) => (
        <Member key={field.name} {...props} field={field} />
      ))}
      {given.length === 0 && named.length === 0 && path.length === 0 && (
        <p className={styles.quiet}>It is called without arguments, and its tool names none.</p>
      )}
    </>
  );
}

function Member({ field, ...props }: ArgumentFieldsProps & { readonly field: SchemaField }) {
  const { given, text, path, unread, faults, onText, onUnread } = props;
  const { name } = field;
  const own = [...path, name];
  const key = keyOf(own);
  const set = (value: string | null) =>
    onText(withArgument(text, name, value), without(unread, key));
  const argument = given.find((each) => each.name === name) ?? null;
  if (argument === null) {
    const first = firstText(field.kind, field.choices);
    const missing = faultTexts(faults, own, false);
    return <Absent name={name} label={key} faults={missing} onAdd={() => set(first)} />;
  }
  const known = kindFor(field.kind, argument.node);
  const kind = known === "fields" && own.length >= depthMax ? "json" : known;
  const take = (typed: string) => {
    const written = writtenAs(kind, typed);
    if (written !== null) set(written);
    else onUnread({ ...unread, [key]: typed });
  };
  return (
    <ArgumentField
      // One kind's text is not another's.
      key={kind}
      field={{ ...field, kind }}
      label={key}
      argument={argument}
      typed={unread[key] ?? null}
      faults={faultTexts(faults, own, kind !== "fields")}
      onTyped={take}
      onNull={(isNull) => set(isNull ? "null" : firstText(field.kind, field.choices))}
      onLeaveOut={field.isRequired ? null : () => set(null)}
    >
      {kind === "fields" && (
        <ArgumentFields
          {...props}
          schema={field.schema}
          given={readArguments(argument.text) ?? []}
          text={argument.text}
          path={own}
          onText={(next, nextUnread) => onText(withArgument(text, name, next), nextUnread)}
        />
      )}
    </ArgumentField>
  );
}

function Absent({
  name,
  label,
  faults,
  onAdd,
}: {
  readonly name: string;
  readonly label: string;
  readonly faults: readonly string[];
  readonly onAdd: () => void;
}) {
  return (
    <div className={styles.value}>
      <div className={styles.fieldTop}>
        <p className={styles.valueName}>
          <code>
            <ShownText text={name} />
          </code>{" "}
          <span className={styles.quiet}>is not sent</span>
        </p>
        <button type="button" className={styles.small} onClick={onAdd}>
          Add{" "}
          <span className={styles.unseen}>
            <ShownText text={label} />
          </span>
        </button>
      </div>
      <Faults texts={faults} />
    </div>
  );
}

function unnamedField({ name, node }: Argument, typeText: string): SchemaField {
  return {
    name,
    kind: kindOf(node),
    typeText,
    choices: [],
    isRequired: false,
    isNullable: false,
    description: "",
    schema: undefined,
  };
}

const separator = " › ";

function keyOf(path: readonly string[]): string {
  return path.join(separator);
}

/** Without what was typed there, and within. */
function without(unread: Unread, key: string): Unread {
  return Object.fromEntries(
    Object.entries(unread).filter(
      ([each]) => each !== key && !each.startsWith(`${key}${separator}`),
    ),
  );
}
