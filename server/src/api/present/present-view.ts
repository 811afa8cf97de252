/**
 * What somebody is shown of a review, as far as a decision rests on it, and its digest.
 *
 * In it is what would run, why it is asked, by the rules and in the agent's words, and of whom, what it would touch, what speaks against the tool
 * that is called, what its agent had read before, and what they have revealed: all that stands on the card and is no time and nobody's verdict, so that two who approve at a time don't stand in each other's way.
 */
import type {
  LoadedData,
  View,
  MaskedPart as WireMaskedPart,
  Parameter as WireParameter,
} from "@countersign/sdk/wire/content";
import type { Reason } from "@countersign/sdk/wire/review";
import { hiddenOf } from "#/api/masked-content.ts";
import { viewDigest } from "#/core/digest.ts";
import { whyUncounted } from "#/core/facts.ts";
import type { Json } from "#/core/json.ts";
import { targetText } from "#/core/obligation.ts";
import type { Review } from "#/core/review.ts";
import { mayReveal, type RevealRight } from "#/core/view.ts";
import type { Caller } from "#/identity/caller.ts";
import type { MaskedAction } from "#/masking/action/mask-action.ts";
import type { MaskedField } from "#/masking/action/shown.ts";
import { version } from "#/platform/version.ts";
import { fieldsRevealedBy, fieldsToReveal, revealedBy } from "#/review/reveal.ts";
import { presentFlags } from "./present-content.ts";
import { presentReads } from "./present-reads.ts";

/** Of the parts that are masked, so many are told with a review or an action. */
const maskedPartsMax = 1_000;

/** What else stands on the card. */
export interface ShownCard {
  readonly headline: string;
  readonly parameters: readonly WireParameter[];
  readonly data: LoadedData | null;
  readonly reasons: readonly Reason[];
}

export function presentView(
  review: Review,
  masked: MaskedAction,
  caller: Caller,
  { headline, parameters, data, reasons }: ShownCard,
): View {
  const { effect, touched, obligations } = review;
  const person = caller.kind === "person" ? caller.person.id : null;
  const fields = person === null ? [] : fieldsRevealedBy(review, person);
  const shown = {
    masker: version,
    digest: review.digest,
    headline,
    // Absent where there is none, so that views without one stay what they were.
    ...(masked.agentReason === null ? {} : { agentReason: masked.agentReason }),
    command: masked.command,
    ...calledView(review),
    parameters,
    data,
    asked: masked.asked,
    reasons,
    quorum: obligations.quorum,
    assurance: obligations.assurance,
    rows: obligations.rows,
    masks: obligations.masks.map(({ target, masker }) => ({ target: targetText(target), masker })),
    reveals: obligations.reveals,
    effect: effect === null ? null : withoutAge(effect),
    touched: touched === null ? null : withoutAge(touched),
    uncounted: whyUncounted(review.action.facts),
    revealed: fields,
  };
  return {
    digest: viewDigest(asJson(shown)),
    masker: version,
    revealed: person === null ? [] : revealedBy(review, person),
    mustReveal: person === null ? [] : fieldsToReveal(review, person, hiddenOf(review, masked)),
  };
}

/** Only a call has that. */
function calledView({ action: { facts }, reads }: Review) {
  if (facts.family === "sql") return {};
  const { claims, definition, toolClass } = facts;
  const flags = presentFlags(facts);
  return { called: { claims, definition, toolClass, flags }, reads: presentReads(reads) };
}

/** Of what was decided: nobody may reveal anything of it where there is no review. */
export function presentMaskedParts({ fields }: MaskedAction): readonly WireMaskedPart[] {
  const shown = fields.slice(0, maskedPartsMax);
  return shown.map((part) => ({ ...withoutOriginal(part), mayReveal: false, revealed: false }));
}

/** With what the caller may and has. */
export function presentMasked(
  review: Review,
  { fields }: MaskedAction,
  caller: Caller,
  rights: readonly RevealRight[],
): { readonly masked: readonly WireMaskedPart[]; readonly maskedMore: number } {
  const groups = caller.kind === "person" ? caller.person.groups : [];
  const revealed = new Set(
    caller.kind === "person" ? fieldsRevealedBy(review, caller.person.id) : [],
  );
  const shown = fields.slice(0, maskedPartsMax);
  return {
    masked: shown.map((part) => ({
      ...withoutOriginal(part),
      mayReveal: caller.kind === "person" && mayReveal(rights, groups, part.entities),
      revealed: revealed.has(part.field),
    })),
    maskedMore: fields.length - shown.length,
  };
}

function withoutOriginal({ original: _original, ...shown }: MaskedField) {
  return shown;
}

function withoutAge<Told extends { readonly at: number }>(told: Told): Omit<Told, "at"> {
  const { at: _at, ...rest } = told;
  return rest;
}

/** Plain data as it is, without what only the compiler knows of it. Nothing that has no canonical form is left in it. */
function asJson(value: unknown): Readonly<Record<string, Json>> {
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === "string" ? each.toWellFormed() : each,
  );
  return JSON.parse(text) as Readonly<Record<string, Json>>;
}
