/** What is masked of a review: where it stands, and as what it can be revealed. */
import { entitiesText } from "@countersign/sdk/entity-text";
import type { MaskedPart } from "@countersign/sdk/wire/content";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { MaskedSpan } from "../text/masked-tokens.ts";

export type MaskedOf = MaskedPart["of"];
type Masked = Pick<ReviewDetail, "masked">;

/** Of one text: of a parameter the path is its place, of data the row and the value. */
export function spansOf(
  { masked }: Masked,
  of: MaskedOf,
  path: readonly number[] = [],
): readonly MaskedSpan[] {
  return masked
    .filter((part) => part.of === of && isSame(part.path, path))
    .map(({ start, end, entities, revealed }) => ({
      start,
      end,
      title: `${capitalised(entitiesText(entities))}, masked${revealed ? "; you have revealed it" : ""}`,
    }));
}

/** What one click reveals. */
export interface MaskedField {
  readonly field: string;
  /** What stands there, each once. */
  readonly texts: readonly string[];
  readonly what: string;
  /** Such as "in $2"; empty where its heading says it. */
  readonly where: string;
  readonly mayReveal: boolean;
  readonly revealed: boolean;
  /** Nothing can be approved before. */
  readonly isDemanded: boolean;
}

export function fieldsOf(review: ReviewDetail, all: readonly MaskedOf[]): readonly MaskedField[] {
  const fields = new Map<string, readonly MaskedPart[]>();
  for (const part of review.masked) {
    if (all.includes(part.of)) fields.set(part.field, [...(fields.get(part.field) ?? []), part]);
  }
  return [...fields].map(([field, parts]) => ({
    field,
    texts: [...new Set(parts.map((part) => textOf(review, part)))],
    what: capitalised(entitiesText([...new Set(parts.flatMap(({ entities }) => entities))])),
    where: [...new Set(parts.map((part) => whereOf(review, part)))].join(", "),
    mayReveal: parts.every(({ mayReveal }) => mayReveal),
    revealed: parts.every(({ revealed }) => revealed),
    isDemanded: review.view.mustReveal.includes(field),
  }));
}

function textOf(review: ReviewDetail, part: MaskedPart): string {
  return wholeText(review, part)?.slice(part.start, part.end) ?? "";
}

function wholeText(
  { agentReason, command, parameters, data, asked }: ReviewDetail,
  { of, path: [first = 0, second = 0] }: MaskedPart,
): string | null | undefined {
  switch (of) {
    case "agentReason":
      return agentReason;
    case "command":
      return command;
    case "parameters":
      return parameters[first]?.text;
    case "data":
      return data?.firstRows[first]?.values[second]?.text;
    case "asked.command":
      return asked?.command;
    case "asked.parameters":
      return asked?.parameters[first]?.text;
  }
}

function whereOf(
  { data }: ReviewDetail,
  { of, path: [first = 0, second = 0] }: MaskedPart,
): string {
  switch (of) {
    case "agentReason":
    case "command":
    case "asked.command":
      return "";
    case "parameters":
    case "asked.parameters":
      return `in $${first + 1}`;
    case "data":
      return `in row ${first + 1}, ${data?.columns[second] ?? `column ${second + 1}`}`;
  }
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
