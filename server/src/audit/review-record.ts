/** What every record of a review has in common. */
import type { PersonId } from "#/core/ids.ts";
import type { Json } from "#/core/json.ts";
import type { QuorumSlot } from "#/core/obligation.ts";
import type { RecordDraft, RecordType } from "#/core/record.ts";
import type { Review } from "#/core/review.ts";
import { obligationsJson, policiesMax } from "./records.ts";

export type FilledSlots = readonly (QuorumSlot & { readonly given: readonly PersonId[] })[];

export function reviewRecord(
  type: RecordType,
  review: Review,
  at: number,
  body: Readonly<Record<string, Json>>,
  payload: Readonly<Record<string, Json>> | null = null,
): RecordDraft {
  return {
    type,
    at,
    action: review.action.id,
    review: review.id,
    body: {
      digest: review.digest,
      revision: review.action.revision,
      version: review.version,
      state: review.state,
      ...body,
    },
    payload,
  };
}

export function termsJson(review: Review): Readonly<Record<string, Json>> {
  return { obligations: obligationsJson(review.obligations), ...policiesJson(review) };
}

export function policiesJson({ reasons, policySet }: Review): Readonly<Record<string, Json>> {
  return { policySet, policies: reasons.slice(0, policiesMax).map(({ policy }) => policy) };
}

export function slotsJson(slots: FilledSlots): Json {
  return slots.map(({ group, needed, given }) => ({ group, needed, given: [...given] }));
}
