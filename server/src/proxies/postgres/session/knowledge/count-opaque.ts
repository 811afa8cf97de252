/** A statement that counts as one that can't be read, beside what else it is. */
import type { Verb } from "#/core/verb.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";

export function opaque(classified: Classified, why: string): Classified {
  return {
    ...classified,
    verbs: [...new Set<Verb>([...classified.verbs, "sql.opaque"])].toSorted(),
    facts: { ...classified.facts, opaque: classified.facts.opaque ?? why },
    proofCandidate: false,
    runsPlainReads: false,
  };
}
