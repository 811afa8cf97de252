/**
 * An edit while it is written.
 *
 * Guarantees that what nobody touched is sent as it waits: values as they are shown, which the gateway takes
 * for the same, and none at all where no value was changed.
 */
import { readCall } from "@countersign/sdk/call-tree";
import type { Parameter } from "@countersign/sdk/wire/content";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { OverrideRequest } from "@countersign/sdk/wire/verdict";
import { bytesOf, editBytesMax } from "../review/decidable.ts";
import { commentBytesMax } from "../review/verdict-form.tsx";
import { sqlTokens } from "../text/sql-tokens.ts";
import { argumentsOf } from "./call-edit.ts";
import { callFaults, faultText } from "./call-faults.ts";

export interface EditDraft {
  /** Null while nobody has touched it. */
  readonly command: string | null;
  /** By their place; the touched ones alone. Null is SQL's NULL. */
  readonly values: Readonly<Record<number, string | null>>;
  /** Of a call, arguments for which something was typed that is no value of their kind yet, by name. */
  readonly unread: Readonly<Record<string, string>>;
  readonly reason: string;
}

export const emptyDraft: EditDraft = { command: null, values: {}, unread: {}, reason: "" };

export type Held = Pick<ReviewDetail, "command" | "parameters" | "facts">;

export interface EditedParameter {
  readonly index: number;
  /** Null where it is no parameter any more. */
  readonly after: Pick<Parameter, "text"> | null;
  readonly before: Parameter;
}

export function editedCommand({ command }: EditDraft, held: Held): string {
  return command ?? held.command;
}

export function editedValue({ values }: EditDraft, held: Held, index: number): string | null {
  const touched = values[index];
  return touched === undefined ? (held.parameters[index]?.text ?? null) : touched;
}

/** What was changed of the values, those left out by the edited command included. */
export function changedParameters(draft: EditDraft, held: Held): readonly EditedParameter[] {
  const used = parametersUsed(editedCommand(draft, held), held);
  return held.parameters.flatMap((before, index): readonly EditedParameter[] => {
    const text = editedValue(draft, held, index);
    if (index >= used) return [{ index, before, after: null }];
    return text === before.text ? [] : [{ index, before, after: { text } }];
  });
}

export function isChanged(draft: EditDraft, held: Held): boolean {
  return (
    editedCommand(draft, held) !== held.command ||
    held.parameters.some((before, index) => editedValue(draft, held, index) !== before.text)
  );
}

export function isUnsent(draft: EditDraft): boolean {
  return (
    draft.command !== null ||
    draft.reason.trim() !== "" ||
    Object.keys(draft.values).length > 0 ||
    Object.keys(draft.unread).length > 0
  );
}

export function overrideOf(
  draft: EditDraft,
  held: Held & Pick<ReviewDetail, "digest">,
): OverrideRequest {
  const command = editedCommand(draft, held);
  const values = held.parameters.map((_, index) => editedValue(draft, held, index));
  const isKept = held.parameters.every(({ text }, index) => values[index] === text);
  return {
    digest: held.digest,
    command,
    // A list has to be as long as the edited command needs; null keeps what it uses.
    parameters: isKept ? null : values.slice(0, parametersUsed(command, held)),
    comment: draft.reason.trim(),
  };
}

/** What is still missing before it can be looked at as a difference, or null. `schema` is what the tool of a call takes, as far as that is known. */
export function draftProblem(draft: EditDraft, held: Held, schema?: unknown): string | null {
  const command = editedCommand(draft, held);
  const bytes = held.parameters.reduce(
    (sum, _, index) => sum + bytesOf(editedValue(draft, held, index) ?? ""),
    bytesOf(command),
  );
  if (command.trim() === "") return "Write what is to run instead. If nothing is, deny it.";
  if (bytes > editBytesMax) return `An edit takes at most ${editBytesMax / 1024} KiB.`;
  const unread = whatUnread(draft, held);
  if (unread !== null) return unread;
  if (!isChanged(draft, held)) return "Nothing has been changed yet.";
  const [fault] = callFaults(schema, argumentsOf(command) ?? "");
  if (fault !== undefined) return faultText(fault);
  if (draft.reason.trim() === "") return "Say why: the agent is told.";
  return bytesOf(draft.reason) > commentBytesMax
    ? `A reason takes at most ${commentBytesMax} bytes.`
    : null;
}

/** Of a call: what of it could not be sent as a call. */
function whatUnread(draft: EditDraft, held: Held): string | null {
  if (held.facts.family !== "mcp") return null;
  const [name] = Object.keys(draft.unread);
  if (name !== undefined) return `What is typed for ${name} is no value of its kind yet.`;
  const { command } = draft;
  return command === null || readCall(command) !== null ? null : "Its arguments are no JSON yet.";
}

/** How many of the values the command takes, as far as that can be seen from here; the gateway knows. */
function parametersUsed(command: string, { parameters }: Held): number {
  if (parameters.length === 0) return 0;
  const places = sqlTokens(command).flatMap(({ kind, text }) =>
    kind === "parameter" ? [Number(text.slice(1))] : [],
  );
  return Math.min(
    parameters.length,
    places.reduce((one, other) => Math.max(one, other), 0),
  );
}
