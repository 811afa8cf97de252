/**
 * The history of all actions, read from the log itself: there is no second account that could differ from it.
 *
 * Guarantees that a request looks at a bounded part of the log and opens a bounded amount of payload, whatever
 * is searched for; a page may therefore hold less than was asked for, or nothing, and still have a next one.
 * Holds the payload key, so that whoever presents the history need not.
 */
import { gatewayPolicy, policyFailedText, type Reason } from "#/core/decision.ts";
import { GatewayError } from "#/core/errors.ts";
import type { ActionId, Digest } from "#/core/ids.ts";
import type { Store } from "#/store/store.ts";
import type { ActionRecord, ActionRecordsQuery, StoredRecord } from "#/store/stored.ts";
import { createPayloadBox, openOwnPayload } from "./payload.ts";
import { createPolicyWords } from "./policy-words.ts";
import {
  isDecision,
  type RecordedAction,
  type RecordedOutcome,
  readLeaf,
  readOutcome,
  readRecordedAction,
} from "./recorded-action.ts";

export interface History {
  /** Newest first. `next` is the `before` of the next page, null at the end. */
  page(
    query: ActionRecordsQuery,
  ): Promise<{ readonly items: readonly HistoryItem[]; readonly next: number | null }>;
  /** Throws `api.not_found`. */
  action(id: ActionId): Promise<HistoryDetail>;
}

export interface HistoryItem {
  readonly action: RecordedAction;
  readonly outcome: RecordedOutcome | null;
}

export interface HistoryDetail extends HistoryItem {
  /** The determining rules in their words; a text is empty where it is no longer known. */
  readonly reasons: readonly Reason[];
  readonly policySetInForce: boolean;
  /** The first ones, ascending. */
  readonly records: readonly StoredRecord[];
}

type HistoryStore = Pick<
  Store,
  "actionRecords" | "recordsOfAction" | "latestExecutions" | "payloads" | "policyActivation"
>;

/** Calls of the store for one page. What they find nothing in is left to the next page. */
const walksPerPageMax = 20;
/** Of sealed payload in a page, or that of one action. */
const pagePayloadBytesMax = 4 * 1024 * 1024;
/** Records that are shown of one action. */
const actionRecordsMax = 200;

export function createHistory(
  store: HistoryStore,
  payloadKey: Uint8Array,
  policySetInForce: () => Digest,
): History {
  const box = createPayloadBox(payloadKey);
  const wordsOf = createPolicyWords(store, box);
  const inTurn = createTurns();

  async function search(query: ActionRecordsQuery) {
    const records: ActionRecord[] = [];
    let before = query.before;
    for (let walks = 0; walks < walksPerPageMax; walks += 1) {
      const limit = query.limit - records.length;
      const found = await inTurn(() => store.actionRecords({ ...query, before, limit }));
      records.push(...found.records);
      before = found.next;
      if (before === null || records.length === query.limit) break;
    }
    return { records, next: before };
  }

  async function open(records: readonly StoredRecord[]): Promise<readonly RecordedAction[]> {
    const payloads = await store.payloads(records.map(({ index }) => index));
    return records.map((record, at) => {
      const leaf = readLeaf(record);
      return readRecordedAction(leaf, openOwnPayload(box, leaf.payload, payloads[at] ?? null));
    });
  }

  async function withOutcomes(actions: readonly RecordedAction[]): Promise<readonly HistoryItem[]> {
    const executions = await store.latestExecutions(actions.map(({ id }) => id));
    return actions.map((action, at) => {
      const execution = executions[at] ?? null;
      return { action, outcome: execution === null ? null : readOutcome(execution) };
    });
  }

  async function explain({ policySet, policies, cause, payload }: RecordedAction) {
    const words = await wordsOf(policySet);
    return policies.map((policy): Reason => {
      if (policy === gatewayPolicy && payload?.reason !== undefined) {
        return { policy, text: payload.reason };
      }
      const text = cause === "policy_error" ? policyFailedText : (words.get(policy) ?? "");
      return { policy, text };
    });
  }

  return {
    async page(query) {
      const { records, next } = await search(query);
      const kept = withinBytes(records);
      const last = kept.at(-1);
      const isCut = kept.length < records.length && last !== undefined;
      return { items: await withOutcomes(await open(kept)), next: isCut ? last.index : next };
    },
    async action(id) {
      const records = await store.recordsOfAction(id, actionRecordsMax);
      const decision = records.find((record) => isDecision(readLeaf(record)));
      const [action] = decision === undefined ? [] : await open([decision]);
      const [item] = action === undefined ? [] : await withOutcomes([action]);
      if (item === undefined) {
        throw new GatewayError("api.not_found", "The log has no decision on an action of this id.");
      }
      return {
        ...item,
        reasons: await explain(item.action),
        policySetInForce: item.action.policySet === policySetInForce(),
        records,
      };
    },
  };
}

/** As many from the start as may be opened together; one at least. */
function withinBytes(records: readonly ActionRecord[]): readonly ActionRecord[] {
  let bytes = 0;
  const tooMany = records.findIndex(({ payloadBytes }, at) => {
    bytes += payloadBytes ?? 0;
    return at > 0 && bytes > pagePayloadBytesMax;
  });
  return tooMany === -1 ? records : records.slice(0, tooMany);
}

/** One at a time: however many search at once, a commit waits for one call of one of them. */
function createTurns(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
