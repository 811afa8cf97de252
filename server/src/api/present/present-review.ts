/** From the domain to the wire. Nothing else of a review crosses it: no join key, no opaque id of a person, no salt. */
import type { Effect, OpenTransaction, RowLimit } from "@countersign/sdk/wire/effect";
import type {
  GivenOverride,
  GivenVerdict,
  QuorumGroup,
  ReviewDetail,
  ReviewSummary,
} from "@countersign/sdk/wire/review";
import type { VerdictAnswer } from "@countersign/sdk/wire/verdict";
import { forbiddenText } from "#/api/guard.ts";
import { ownReason } from "#/core/decision.ts";
import { whyUncounted } from "#/core/facts.ts";
import { targetText } from "#/core/obligation.ts";
import type { Override, Review, Verdict } from "#/core/review.ts";
import type { RevealRight } from "#/core/view.ts";
import { type Caller, mayDecide, speakerOf } from "#/identity/caller.ts";
import type { MaskedAction } from "#/masking/action/mask-action.ts";
import { approvalsGiven, approvalsThatCount, stillCounts } from "#/review/eligibility.ts";
import type { PeopleLookup } from "#/review/event.ts";
import { headline } from "#/review/headline.ts";
import { strongest } from "#/review/headline-words.ts";
import { satisfied } from "#/review/quorum.ts";
import { rowLimit } from "#/review/row-limit.ts";
import { cannotDecide, mayRefuse, notAsked, rowsMeasured } from "#/review/verdict.ts";
import {
  presentData,
  presentFacts,
  presentFlags,
  presentParameters,
  presentResource,
} from "./present-content.ts";
import { presentReads } from "./present-reads.ts";
import { presentSigns } from "./present-signs.ts";
import { presentTime, presentTimeOrNull } from "./present-time.ts";
import { presentMasked, presentView } from "./present-view.ts";
import { withShownName } from "./shown-name.ts";

export function presentSummary(
  review: Review,
  masked: MaskedAction,
  people: PeopleLookup,
): ReviewSummary {
  const { action } = review;
  const facts = withShownName(action.facts, masked);
  return {
    id: review.id,
    actionId: action.id,
    headline: headline({
      ...action,
      ...action.resource,
      facts,
      rowsMeasured: rowsMeasured(review),
    }),
    state: review.state,
    voidedBy: presentVoidedBy(review),
    verb: strongest(action.verbs),
    connection: action.resource.connection,
    environment: action.resource.environment,
    principal: { kind: action.principal.kind, name: action.principal.name },
    onBehalfOf: action.principal.onBehalfOf?.name ?? null,
    command: masked.command,
    digest: review.digest,
    reasons: presentReasons(review),
    quorum: presentQuorum(review, people),
    signs: presentSigns(review),
    openedAt: presentTime(review.openedAt),
    expiresAt: presentTime(review.expiresAt),
  };
}

/** First what no rule knows of: it may be there twice once this has run. */
function presentReasons({ reasons, unknownBefore }: Review): ReviewSummary["reasons"] {
  const told = reasons.map(({ policy, text }) => ({ policy, text }));
  if ((unknownBefore ?? null) === null) return told;
  const text = `The same was run before, and nobody knows whether it was done (${unknownBefore}). Look at what is there before you approve it again.`;
  return [ownReason(text), ...told];
}

function presentVoidedBy({ state, voidedBy }: Review): ReviewSummary["voidedBy"] {
  if (state !== "voided") return null;
  return voidedBy === "rejected" ? "rejection" : "policy";
}

export function presentEffect({ effect }: Review): Effect | null {
  return effect === null ? null : { ...effect, at: presentTime(effect.at) };
}

/** While somebody waits in it: afterwards its end is the outcome's to tell. */
function presentTransaction({ state, caller, transaction }: Review): OpenTransaction | null {
  if (state !== "pending" || caller === null || transaction === null) return null;
  const { since, at } = transaction;
  return { ...transaction, since: presentTimeOrNull(since), at: presentTime(at) };
}

function presentRowLimit(review: Review): RowLimit | null {
  const limit = rowLimit(review);
  if (limit === null) return null;
  const { max, by } = limit;
  return { max, by: by.kind, name: by.kind === "rule" ? by.policy : by.name };
}

interface Looking {
  readonly caller: Caller;
  readonly rights: readonly RevealRight[];
  /** Whether the gateway could measure its effect now. */
  readonly canPreview: boolean;
  readonly now: number;
}

/** For one caller at one time: it says whether they may decide. */
export function presentDetail(
  review: Review,
  masked: MaskedAction,
  people: PeopleLookup,
  { caller, rights, canPreview, now }: Looking,
): ReviewDetail {
  const { action, execution } = review;
  const summary = presentSummary(review, masked, people);
  const parameters = presentParameters(action.parameters, masked.parameters);
  const data = presentData(action.data, masked.data);
  const { headline: said, reasons } = summary;
  return {
    ...summary,
    view: presentView(review, masked, caller, { headline: said, parameters, data, reasons }),
    ...presentMasked(review, masked, caller, rights),
    version: review.version,
    verbs: action.verbs,
    revision: action.revision,
    agentReason: masked.agentReason,
    upstream: presentResource(action.resource),
    parameters,
    data,
    facts: presentFacts(withShownName(action.facts, masked)),
    flags: presentFlags(action.facts),
    reads: presentReads(review.reads),
    effect: presentEffect(review),
    uncounted: whyUncounted(action.facts),
    rowLimit: presentRowLimit(review),
    masks: review.obligations.masks.map(({ target, masker }) => ({
      target: targetText(target),
      masker,
    })),
    mayPreview:
      canPreview && mayDecide(caller) && notAsked(review, speakerOf(caller), people) === null,
    touched:
      review.touched === null ? null : { ...review.touched, at: presentTime(review.touched.at) },
    assurance: review.obligations.assurance,
    policySet: review.policySet,
    verdicts: review.verdicts.map((verdict) => presentVerdict(verdict, review, people)),
    overrides: review.overrides.map(presentOverride),
    asked:
      review.asked === null || masked.asked === null
        ? null
        : {
            command: masked.asked.command,
            parameters: presentParameters(review.asked.parameters, masked.asked.parameters),
          },
    attached: review.caller !== null,
    transaction: presentTransaction(review),
    execution:
      execution === null
        ? null
        : {
            state: execution.state,
            detail: execution.detail,
            finishedAt: presentTimeOrNull(execution.finishedAt),
          },
    note: review.note,
    decidedAt: presentTimeOrNull(review.decidedAt),
    mayDecide: presentMayDecide(review, people, caller, now),
  };
}

function presentMayDecide(
  review: Review,
  people: PeopleLookup,
  caller: Caller,
  now: number,
): ReviewDetail["mayDecide"] {
  if (!mayDecide(caller)) {
    return { allowed: false, reason: forbiddenText(caller), refuse: false };
  }
  const speaker = speakerOf(caller);
  const refusal = cannotDecide(review, speaker, now, people);
  return {
    allowed: refusal === null,
    reason: refusal?.message ?? null,
    refuse: mayRefuse(review, speaker, now, people),
  };
}

export function presentAnswer({ id, action, state, digest }: Review): VerdictAnswer {
  return { id, actionId: action.id, state, digest };
}

/** While people can still decide, what would count now; afterwards, what was given. */
function presentQuorum(review: Review, people: PeopleLookup): readonly QuorumGroup[] {
  const approvals =
    review.state === "pending" ? approvalsThatCount(review, people) : approvalsGiven(review);
  const names = new Map(review.verdicts.map(({ person }) => [person.id, person.name]));
  return satisfied(review.obligations, approvals).slots.map(({ group, needed, given }) => ({
    group,
    needed,
    given: given.map((id) => names.get(id) ?? ""),
  }));
}

function presentVerdict(verdict: Verdict, review: Review, people: PeopleLookup): GivenVerdict {
  return {
    kind: verdict.kind,
    person: verdict.person.name,
    assurance: verdict.assurance,
    comment: verdict.comment,
    maxRows: verdict.rowsMax,
    measuredRows: verdict.rowsMeasured,
    viewDigest: verdict.view ?? null,
    revealed: verdict.revealed ?? [],
    at: presentTime(verdict.at),
    counts:
      review.state === "pending"
        ? stillCounts(review, verdict, people)
        : verdict.digest === review.digest && verdict.revision === review.action.revision,
  };
}

function presentOverride({ person, comment, at, revision, narrows }: Override): GivenOverride {
  return { person: person.name, comment, at: presentTime(at), revision, narrows };
}
