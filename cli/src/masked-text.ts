/** What of a review stands masked, in lines of its card. */
import { visible } from "@countersign/sdk/visible";
import type { MaskedPart } from "@countersign/sdk/wire/content";
import type { ReviewDetail } from "@countersign/sdk/wire/review";

/** More are only counted: `show --json` has them all. */
const fieldsShownMax = 8;

/** Each field once, with what it is. */
export function maskedRows(review: ReviewDetail): readonly (readonly [string, string])[] {
  const fields = [...new Map(review.masked.map((part) => [part.field, part])).values()];
  if (fields.length === 0) return [];
  const shown = fields.slice(0, fieldsShownMax);
  const more = fields.length - shown.length + review.maskedMore;
  return [["masked", [...shown.map(partText), ...(more > 0 ? [`${more} more`] : [])].join(", ")]];
}

/** What to type to see more: what has to be seen before an approval, else one that may be seen. */
export function revealLines(review: ReviewDetail, command: string): readonly string[] {
  const reveal = (field: string) => `  ${command} reveal ${visible(review.id)} ${visible(field)}`;
  const { mustReveal } = review.view;
  if (mustReveal.length > 0) {
    return mustReveal
      .slice(0, fieldsShownMax)
      .map((field) => `${reveal(field)}   (before it can be approved)`);
  }
  const may = review.masked.find((part) => part.mayReveal && !part.revealed);
  return may === undefined ? [] : [reveal(may.field)];
}

function partText({ field, entities, revealed }: MaskedPart): string {
  const kinds = entities.map(kindText).join(" and ");
  return `${visible(field)} (${kinds}${revealed ? ", revealed to you" : ""})`;
}

function kindText(entity: string): string {
  return entity === "unscanned" ? "can't be read" : visible(entity.replaceAll("_", " "));
}
