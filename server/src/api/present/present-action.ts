/** From the history to the wire: no salt, no session, no opaque id of a person. */
import type { ActionDetail, ActionSummary } from "@countersign/sdk/wire/action";
import type { HistoryDetail, HistoryItem } from "#/audit/history.ts";
import type { RecordedAction } from "#/audit/recorded-action.ts";
import type { ReviewState } from "#/core/review.ts";
import type { MaskedAction } from "#/masking/action/mask-action.ts";
import { headline } from "#/review/headline.ts";
import { strongest } from "#/review/headline-words.ts";
import {
  presentData,
  presentFacts,
  presentParameters,
  presentUpstream,
} from "./present-content.ts";
import { presentRecord } from "./present-record.ts";
import { presentMaskedParts } from "./present-view.ts";
import { withShownName } from "./shown-name.ts";

/** UTF-16 code units of a command in a list. */
const commandCharsMax = 1000;

export function presentActionSummary(
  { action, outcome }: HistoryItem,
  masked: MaskedAction | null,
  reviewState: ReviewState | null,
): ActionSummary {
  const command = masked?.command ?? null;
  const shown = command === null ? null : cut(command, commandCharsMax);
  return {
    ...presentDecision(action, masked),
    command: shown,
    commandIsCut: shown !== command,
    reviewState,
    outcome,
  };
}

export function presentActionDetail(
  detail: HistoryDetail,
  masked: MaskedAction | null,
  reviewState: ReviewState | null,
): ActionDetail {
  const { action, outcome, reasons, records } = detail;
  const { payload } = action;
  return {
    ...presentDecision(action, masked),
    command: masked?.command ?? null,
    commandIsCut: false,
    reviewState,
    outcome,
    digest: action.digest,
    verbs: action.verbs,
    agentReason: masked?.agentReason ?? null,
    upstream: payload === null ? null : presentUpstream(payload),
    parameters: presentParameters(payload?.parameters ?? [], masked?.parameters ?? []),
    masked: masked === null ? [] : presentMaskedParts(masked),
    data: presentData(payload?.data, masked?.data ?? []),
    facts: payload === null ? null : presentFacts(withShownName(payload.facts, masked)),
    cause: action.cause,
    reasons,
    quorum: action.quorum.map(({ group, needed }) => ({ group, needed })),
    masks: action.masks.map(({ target, masker }) => ({ target, masker })),
    policySet: { digest: action.policySet, inForce: detail.policySetInForce },
    records: records.map(presentRecord),
  };
}

function presentDecision(action: RecordedAction, masked: MaskedAction | null) {
  const { id, at, decision, verbs, connection, environment, principal, payload, review } = action;
  return {
    id,
    at,
    decision,
    headline: headline({
      verbs,
      facts: payload === null ? null : withShownName(payload.facts, masked),
      connection,
      environment,
    }),
    verb: strongest(verbs),
    connection,
    environment,
    principal: { kind: principal.kind, name: principal.name ?? "" },
    onBehalfOf: payload?.onBehalfOf ?? null,
    reviewId: review,
  };
}

/** Never inside a surrogate pair. */
function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const isInside = /[\ud800-\udbff]/.test(text[charsMax - 1] ?? "");
  return text.slice(0, isInside ? charsMax - 1 : charsMax);
}
