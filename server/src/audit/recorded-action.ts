/** An action as the log tells of it: from the leaf of its decision and, unless it was erased, its payload. */
import type { LoadedData, Parameter } from "#/core/action.ts";
import type { DecisionEffect } from "#/core/decision.ts";
import { GatewayError } from "#/core/errors.ts";
import type { McpFacts, SqlFacts } from "#/core/facts.ts";
import type { ActionId, Digest, ReviewId } from "#/core/ids.ts";
import type { Json } from "#/core/json.ts";
import type { QuorumSlot } from "#/core/obligation.ts";
import type { Verb } from "#/core/verb.ts";
import type { StoredRecord } from "#/store/stored.ts";
import { type Leaf, parseLeaf } from "./leaf.ts";
import { type LeafMasks, type RecordedMask, readMasks } from "./recorded-masks.ts";

export interface RecordedAction {
  readonly id: ActionId;
  /** ISO-8601, UTC. */
  readonly at: string;
  readonly decision: DecisionEffect;
  readonly review: ReviewId | null;
  readonly digest: Digest;
  readonly verbs: readonly Verb[];
  readonly connection: string;
  readonly environment: string;
  /** The name is null where it was the payload's and is erased with it. */
  readonly principal: { readonly kind: string; readonly name: string | null };
  readonly policySet: Digest;
  /** The determining rules, by their ids. */
  readonly policies: readonly string[];
  readonly cause: string | null;
  readonly quorum: readonly QuorumSlot[];
  readonly masks: readonly RecordedMask[];
  /** Null where it was erased. */
  readonly payload: ActionPayload | null;
}

/** What the log keeps of facts; the rest follows from the command. */
export type RecordedFacts =
  | Pick<
      SqlFacts,
      "family" | "kinds" | "reads" | "writes" | "functions" | "filtered" | "maskedUse" | "opaque"
    >
  | Pick<McpFacts, "family" | "method" | "name" | "claims" | "definition" | "toolClass">;

/** What `actionPayload` wrote. */
export interface ActionPayload {
  /** Absent where the agent gave none. */
  readonly agentReason?: string;
  readonly command: string;
  readonly parameters: readonly Parameter[];
  /** Absent where none came with the command. */
  readonly data?: LoadedData;
  readonly principal: string;
  readonly onBehalfOf: string | null;
  readonly endpoint: string;
  readonly database: string | null;
  readonly role: string | null;
  readonly facts: RecordedFacts;
  /** The gateway's own words, where it decided without a rule. */
  readonly reason?: string;
  /** Where they are too many for the leaf. */
  readonly masks?: readonly RecordedMask[];
}

/** What the log says of an execution. */
export interface RecordedOutcome {
  readonly type: string;
  readonly detail: string | null;
  readonly rows: number | null;
}

interface DecisionBody {
  readonly digest: Digest;
  readonly verbs: readonly Verb[];
  readonly connection: string;
  readonly environment: string;
  readonly principal: { readonly kind: string; readonly name: string | null };
  readonly policySet: Digest;
  readonly policies: readonly string[];
  readonly cause?: string;
  readonly obligations?: {
    readonly quorum: readonly QuorumSlot[];
    /** Older records have none. */
    readonly masks?: LeafMasks;
  };
}

const decisions: Readonly<Record<string, DecisionEffect>> = {
  "action.allowed": "allow",
  "action.denied": "deny",
  "action.held": "review",
};

export function isDecision({ type }: Leaf): boolean {
  return Object.hasOwn(decisions, type);
}

/** `payload` as it was opened under this leaf's commitment; its shape is `actionPayload`'s. */
export function readRecordedAction(leaf: Leaf, payload: Json): RecordedAction {
  const body = leaf.body as unknown as DecisionBody;
  const opened = payload as unknown as ActionPayload | null;
  const { kind, name } = body.principal;
  return {
    id: leaf.action as ActionId,
    at: leaf.at,
    decision: decisions[leaf.type] ?? "deny",
    review: leaf.review as ReviewId | null,
    digest: body.digest,
    verbs: body.verbs,
    connection: body.connection,
    environment: body.environment,
    principal: { kind, name: name ?? opened?.principal ?? null },
    policySet: body.policySet,
    policies: body.policies,
    cause: body.cause ?? null,
    quorum: body.obligations?.quorum ?? [],
    masks: readMasks(body.obligations?.masks, opened),
    payload: opened && { ...opened, facts: recordedFacts(opened.facts) },
  };
}

/** Statements do not say their family, and older ones not whether they use a masked column. */
function recordedFacts(facts: RecordedFacts): RecordedFacts {
  if (facts.family === "mcp") return facts;
  return { ...facts, family: "sql", maskedUse: facts.maskedUse ?? false };
}

export function readOutcome(record: StoredRecord): RecordedOutcome {
  const { type, body } = readLeaf(record);
  const { detail, rows } = body;
  return {
    type,
    detail: typeof detail === "string" ? detail : null,
    rows: typeof rows === "number" ? rows : null,
  };
}

/** What the store found by a leaf's content has to be a leaf. */
export function readLeaf({ index, leaf }: StoredRecord): Leaf {
  const parsed = parseLeaf(leaf);
  if (parsed !== null) return parsed;
  throw new GatewayError("store.unreadable", `The log's record ${index} can't be read.`);
}
