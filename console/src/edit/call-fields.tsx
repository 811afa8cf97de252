/**
 * The arguments of a call as fields, by the schema that its tool states, or all of them as JSON. What is typed into either is the same
 * text underneath; whether it is valid the gateway says.
 */
import { withArguments } from "@countersign/sdk/call-tree";
import type { ReviewDetail } from "@countersign/sdk/wire";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useApi } from "../api/api-context.tsx";
import { toolQuery } from "../api/queries.ts";
import { fieldText, textOfField } from "../text/field-text.ts";
import { ShownText } from "../text/shown-text.tsx";
import { fieldsOf, type SchemaField } from "../tools/schema-fields.ts";
import { ArgumentField } from "./argument-field.tsx";
import {
  type Argument,
  argumentsOf,
  firstText,
  kindFor,
  kindOf,
  prettyText,
  readArguments,
  typedArguments,
  withArgument,
  writtenAs,
} from "./call-edit.ts";
import { CodeField } from "./code-field.tsx";
import styles from "./edit.module.css";
import { type EditDraft, editedCommand } from "./edit-draft.ts";

interface CallFieldsProps {
  readonly draft: EditDraft;
  readonly review: ReviewDetail;
  readonly onDraft: (draft: EditDraft) => void;
}

export function CallFields({ draft, review, onDraft }: CallFieldsProps) {
  const [isJson, setJson] = useState(false);
  const command = editedCommand(draft, review);
  const text = argumentsOf(command) ?? typedArguments(command, review.command);
  const given = useMemo(() => readArguments(text), [text]);
  const setArguments = (next: string, unread: EditDraft["unread"] = {}) =>
    onDraft({ ...draft, command: withArguments(review.command, next), unread });
  return (
    <fieldset className={styles.values}>
      <legend>Its arguments</legend>
      <div className={styles.fieldTop}>
        <p className={styles.quiet}>The tool, and what is sent along with it, stay as they are.</p>
        <button
          type="button"
          className={styles.small}
          disabled={given === null}
          onClick={() => setJson(!isJson)}
        >
          {isJson || given === null ? "Edit in fields" : "Edit as JSON"}
        </button>
      </div>
      {isJson || given === null ? (
        <JsonField text={text} onText={(next) => setArguments(next)} />
      ) : (
        <Fields given={given} text={text} {...{ draft, review, onDraft, setArguments }} />
      )}
    </fieldset>
  );
}

function JsonField({
  text,
  onText,
}: {
  readonly text: string;
  readonly onText: (text: string) => void;
}) {
  // Laid out once; from then on it is as it is typed.
  const [typed, setTyped] = useState(() => prettyText(text));
  return (
    <div className={styles.field}>
      <label htmlFor="edited-arguments">Arguments as JSON</label>
      <CodeField
        id="edited-arguments"
        rows={6}
        value={fieldText(typed)}
        onText={(next) => {
          const kept = textOfField(next, typed);
          setTyped(kept);
          onText(kept);
        }}
      />
    </div>
  );
}

function Fields({
  given,
  text,
  draft,
  review,
  onDraft,
  setArguments,
}: CallFieldsProps & {
  readonly given: readonly Argument[];
  readonly text: string;
  readonly setArguments: (text: string, unread: EditDraft["unread"]) => void;
}) {
  const api = useApi();
  const { connection, facts } = review;
  const name = facts.family === "mcp" ? facts.name : "";
  const { data: tool } = useQuery(toolQuery(api, connection, name));
  const named = fieldsOf(tool?.offered.content["inputSchema"]);
  const others = given
    .filter((each) => !named.some((field) => field.name === each.name))
    .map(
      (each): SchemaField => ({
        name: each.name,
        kind: kindOf(each.node),
        typeText: tool === undefined ? "" : "not named by the tool",
        choices: [],
        isRequired: false,
        isNullable: false,
        description: "",
      }),
    );
  const set = (argument: string, value: string | null) =>
    setArguments(withArgument(text, argument, value), without(draft.unread, argument));
  const take = ({ name: argument, kind }: SchemaField, typed: string) => {
    const written = writtenAs(kind, typed);
    if (written !== null) set(argument, written);
    else onDraft({ ...draft, unread: { ...draft.unread, [argument]: typed } });
  };
  return (
    <>
      {[...named, ...others].map((field) => {
        const argument = given.find((each) => each.name === field.name) ?? null;
        const kind = kindFor(field.kind, argument?.node ?? null);
        return argument === null ? (
          <div key={field.name} className={styles.value}>
            <div className={styles.fieldTop}>
              <p className={styles.valueName}>
                <code>
                  <ShownText text={field.name} />
                </code>{" "}
                <span className={styles.quiet}>is not sent</span>
              </p>
              <button
                type="button"
                className={styles.small}
                onClick={() => set(field.name, firstText(field.kind, field.choices))}
              >
                Add <span className={styles.unseen}>{field.name}</span>
              </button>
            </div>
          </div>
        ) : (
          <ArgumentField
            key={`${field.name} ${kind}`}
            field={{ ...field, kind }}
            argument={argument}
            typed={draft.unread[field.name] ?? null}
            onTyped={(typed) => take({ ...field, kind }, typed)}
            onLeaveOut={field.isRequired ? null : () => set(field.name, null)}
          />
        );
      })}
      {given.length === 0 && named.length === 0 && (
        <p className={styles.quiet}>It is called without arguments, and its tool names none.</p>
      )}
    </>
  );
}

function without(unread: EditDraft["unread"], name: string): EditDraft["unread"] {
  return Object.fromEntries(Object.entries(unread).filter(([each]) => each !== name));
}
