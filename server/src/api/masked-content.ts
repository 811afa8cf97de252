/** What people are shown of reviews and of the history: masked, wherever it leaves by the API. */
import type { RecordedAction } from "#/audit/recorded-action.ts";
import type { ColumnMark } from "#/core/column-mark.ts";
import { partsOfName } from "#/core/dotted-name.ts";
import { type Facts, type LiteralSpan, noFacts } from "#/core/facts.ts";
import { type MaskTarget, targetText } from "#/core/obligation.ts";
import type { ShownRuns } from "#/core/pseudonym.ts";
import type { Review } from "#/core/review.ts";
import type { Hidden } from "#/core/view.ts";
import type { MaskedAction } from "#/masking/action/mask-action.ts";
import type { MaskByKey } from "#/masking/action/remember-masked.ts";
import { relationsOf, type ShownFacts } from "#/masking/action/shown.ts";

export interface MaskingDeps {
  readonly mask: MaskByKey;
  /** Of what a person says to a decision: to be used before it is kept. */
  readonly maskComment: (comment: string) => Promise<string>;
  /** Where a command has constants, by the grammar of its language, which the log does not keep. */
  readonly literalsOf: (family: Facts["family"], command: string) => readonly LiteralSpan[];
  /** Columns of a connection that its configuration marks as sensitive. */
  readonly marksOf: (connection: string) => readonly ColumnMark[];
}

export async function maskReview(
  { mask, marksOf }: MaskingDeps,
  review: Review,
): Promise<MaskedAction> {
  const { command, parameters, facts, data, resource, agentReason } = review.action;
  const masks = review.obligations.masks ?? [];
  const columns = masks.map(({ target }) => target).filter(({ kind }) => kind === "column");
  const { asked } = review;
  // Stored before its facts were: then it is looked at as text.
  const askedFacts = asked?.facts ?? unread;
  // What was stored before there were such fields has none.
  const kept = { data: data ?? null, agentReason: agentReason ?? null };
  const content = { command, parameters, facts, ...kept };
  const names = columns.map(targetText).join();
  return mask(`review/${review.digest}/${names}`, {
    ...content,
    hides: hidesOf(facts, marksOf(resource.connection), columns),
    asked: asked === null ? null : { ...asked, facts: askedFacts },
  });
}

/** Null where the payload was erased. */
export async function maskRecorded(
  { mask, literalsOf, marksOf }: MaskingDeps,
  { digest, payload, connection }: RecordedAction,
): Promise<MaskedAction | null> {
  if (payload === null) return null;
  const { command, parameters, data = null, facts, agentReason = null } = payload;
  const literals = literalsOf(facts.family, command);
  const read = { ...facts, literals };
  const hides = hidesOf(read, marksOf(connection), []);
  const runs = { command, parameters, facts: read };
  return mask(`action/${digest}`, { ...runs, data, agentReason, asked: null, hides });
}

/** Values of columns that are marked, or that rules mask in results, are hidden in commands too. */
function hidesOf(
  facts: ShownFacts,
  marks: readonly ColumnMark[],
  masked: readonly MaskTarget[],
): (column: string) => boolean {
  const relations = relationsOf(facts).map((name) => partsOfName(name).join("."));
  const own = marks.filter((mark) => relations.some(mark.isOnRelation));
  const rules = masked.filter(
    (target) =>
      target.kind === "column" &&
      relations.some((name) => name.toLowerCase() === `${target.schema}.${target.table}`),
  );
  return (column) =>
    own.some((mark) => mark.isOnColumn(column)) ||
    rules.some((target) => target.kind === "column" && target.column === column.toLowerCase());
}

const unread: Facts = { ...noFacts, opaque: "It was stored without what could be read of it." };

/** Of what would run. What the caller itself had sent is for those who look at the difference, and what it says of why is no part of it. */
export function hiddenOf({ digest }: Pick<Review, "digest">, masked: MaskedAction): Hidden {
  const fields = masked.fields.filter(({ of }) => of !== "agentReason" && !of.startsWith("asked."));
  return {
    digest,
    fields: fields.map(({ field, of, entities }) => {
      return { field, entities, isUnread: masked.isOpaque && of === "command" };
    }),
  };
}

/** What an edit of it is read by. */
export function shownRunsOf({ digest }: Pick<Review, "digest">, masked: MaskedAction): ShownRuns {
  const { command, parameters, pseudonyms, fields, isOpaque } = masked;
  const literals = fields
    .filter(({ of }) => of === "command" && !isOpaque)
    .map(({ start, end, original }) => {
      return { shown: command.slice(start, end), written: original };
    });
  return { digest, pseudonyms, literals, parameters };
}
