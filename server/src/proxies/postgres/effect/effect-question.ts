/** What is asked of one held statement, and what the answer is found with. */
import type { ColumnMark } from "#/core/column-mark.ts";
import type { EffectAsked } from "#/core/protocol.ts";
import type { SampleMode } from "#/core/sample.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import type { Finder } from "#/masking/finder.ts";
import type { Meaning } from "#/proxies/postgres/fingerprint/fingerprint.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import type { UpstreamAddress } from "#/proxies/postgres/upstream/upstream.ts";
import type { Turns } from "./turns.ts";

export interface EffectQuestion extends EffectAsked {
  readonly classified: Classified;
  readonly classifier: Classifier;
  /** Of the session that waits; null where it was not read. */
  readonly meaning: Meaning | null;
}

export interface EffectSource {
  readonly address: UpstreamAddress;
  readonly turns: Turns;
  readonly enforcement: EnforcementDeps;
  /** What the configuration marks as sensitive. */
  readonly marks: readonly ColumnMark[];
  readonly sample: SampleMode;
  readonly finder: () => Finder;
}
