/**
 * The arguments of a call as fields, by the schema that its tool states, or all of them as JSON. What is typed into either is the same
 * text underneath; what the
 * schema surely does not take is said beside it, and the rest by the gateway.
 */
import { withArguments } from "@countersign/sdk/call-tree";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useApi } from "../api/api-context.tsx";
import { toolQuery } from "../api/queries.ts";
import { fieldText, textOfField } from "../text/field-text.ts";
import { Faults } from "./argument-field.tsx";
import { ArgumentFields } from "./argument-fields.tsx";
import { argumentsOf, prettyText, readArguments, typedArguments } from "./call-edit.ts";
import { callFaults, faultTexts } from "./call-faults.ts";
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
  const api = useApi();
  const name = review.facts.family === "mcp" ? review.facts.name : "";
  const { data: tool } = useQuery(toolQuery(api, review.connection, name));
  const command = editedCommand(draft, review);
  const text = argumentsOf(command) ?? typedArguments(command, review.command);
  const given = useMemo(() => readArguments(text), [text]);
  const schema = tool?.offered.content["inputSchema"];
  const faults = useMemo(() => callFaults(schema, text), [schema, text]);
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
        <>
          <JsonField text={text} onText={(next) => setArguments(next)} />
          <Faults texts={faultTexts(faults, [], true)} />
        </>
      ) : (
        <ArgumentFields
          schema={schema}
          isKnown={tool !== undefined}
          given={given}
          text={text}
          path={[]}
          unread={draft.unread}
          faults={faults}
          onText={setArguments}
          onUnread={(unread) => onDraft({ ...draft, unread })}
        />
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
