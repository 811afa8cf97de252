import { cautions } from "@countersign/sdk/visible";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { useEffect, useId, useMemo, useRef } from "react";
import { blankStretch } from "../text/blank-stretch.ts";
import { CommandView } from "../text/command-view.tsx";
import { fieldText, textOfField } from "../text/field-text.ts";
import { Sign } from "../text/sign.tsx";
import { argumentsOf } from "./call-edit.ts";
import { CallFields } from "./call-fields.tsx";
import { CodeField } from "./code-field.tsx";
import styles from "./edit.module.css";
import { type EditDraft, editedCommand } from "./edit-draft.ts";
import { ValueFields } from "./value-fields.tsx";

export function EditForm({
  draft,
  review,
  onDraft,
}: {
  readonly draft: EditDraft;
  readonly review: ReviewDetail;
  readonly onDraft: (draft: EditDraft) => void;
}) {
  const isMasked = review.masked.some(({ of }) => of === "command" || of === "parameters");
  const command = editedCommand(draft, review);
  const reasonId = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const { current } = field;
    current?.focus();
    current?.setSelectionRange(current.value.length, current.value.length);
  }, []);
  const setCommand = (text: string) =>
    onDraft({ ...draft, command: textOfField(text, review.command) });
  return (
    <section className={styles.section} aria-labelledby="edit">
      <h2 id="edit">Edit what waits</h2>
      <p className={styles.quiet}>
        What you write here can run in place of what the agent sent. Before anything is sent, you
        see the difference.
      </p>
      {isMasked && (
        <p className={styles.quiet}>
          What is masked may stay as it stands: it means what the agent sent, in the same place.
        </p>
      )}
      {review.facts.family === "mcp" && argumentsOf(review.command) !== null ? (
        <CallFields draft={draft} review={review} onDraft={onDraft} />
      ) : (
        <div className={styles.field}>
          <div className={styles.fieldTop}>
            <label htmlFor="edited-command">The command to run instead</label>
            {draft.command !== null && draft.command !== review.command && (
              <button
                type="button"
                className={styles.small}
                onClick={() => {
                  onDraft({ ...draft, command: null });
                  field.current?.focus();
                }}
              >
                Put back what waits
              </button>
            )}
          </div>
          <CodeField
            ref={field}
            id="edited-command"
            rows={4}
            value={fieldText(command)}
            onText={setCommand}
          />
        </div>
      )}
      <Hidden command={command} />
      <ValueFields draft={draft} held={review} onDraft={onDraft} />
      <div className={styles.field}>
        <label htmlFor={reasonId}>Why? The agent and the other reviewers are told.</label>
        <textarea
          id={reasonId}
          className={styles.reason}
          rows={2}
          required
          value={draft.reason}
          onChange={({ target }) => onDraft({ ...draft, reason: target.value })}
        />
      </div>
    </section>
  );
}

/** A field shows nothing of what hides in a text; so it is shown below as it would be read. */
function Hidden({ command }: { readonly command: string }) {
  const notes = useMemo(() => {
    const stretch = blankStretch(command);
    return [...(stretch === null ? [] : [stretch]), ...cautions(command)];
  }, [command]);
  return (
    <div role="status" className={styles.hidden}>
      {notes.map((note) => (
        <p key={note} className={styles.caution}>
          <Sign name="warning" /> {note}
        </p>
      ))}
      {cautions(command).length > 0 && (
        <>
          <p className={styles.quiet}>With everything that the field can’t show:</p>
          <CommandView label="Your command, with hidden characters" text={command} />
        </>
      )}
    </div>
  );
}
