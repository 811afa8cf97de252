/**
 * The words of a rule as they were when it decided: from the record that put its policy set in force, so that
 * a decision can be explained when the set has long been replaced.
 */
import type { Digest } from "#/core/ids.ts";
import type { Store } from "#/store/store.ts";
import { openOwnPayload, type PayloadBox } from "./payload.ts";
import { readLeaf } from "./recorded-action.ts";

/** The text of each rule by its id; empty where the words are no longer known. */
export type PolicyWords = (policySet: Digest) => Promise<ReadonlyMap<string, string>>;

/** Sets whose words are kept. A set never changes, so what is kept never does. */
const policySetsCachedMax = 16;

export function createPolicyWords(
  store: Pick<Store, "policyActivation" | "payloads">,
  box: PayloadBox,
): PolicyWords {
  const cached = new Map<Digest, ReadonlyMap<string, string>>();

  async function read(policySet: Digest): Promise<ReadonlyMap<string, string>> {
    const record = await store.policyActivation(policySet);
    if (record === null) return new Map();
    const [sealed] = await store.payloads([record.index]);
    const payload = openOwnPayload(box, readLeaf(record).payload, sealed ?? null);
    const { policies = [] } = (payload ?? {}) as unknown as ActivationPayload;
    return new Map(policies.map(({ id, text }) => [id, text]));
  }

  return async (policySet) => {
    const known = cached.get(policySet);
    if (known !== undefined) return known;
    const words = await read(policySet);
    const [oldest] = cached.keys();
    if (cached.size >= policySetsCachedMax && oldest !== undefined) cached.delete(oldest);
    if (words.size > 0) cached.set(policySet, words);
    return words;
  };
}

/** What `policyActivatedRecord` wrote. */
interface ActivationPayload {
  readonly policies?: readonly { readonly id: string; readonly text: string }[];
}
