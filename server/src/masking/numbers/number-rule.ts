/** What a number has to be for one recognizer: how many digits, which check, how it is written, what stands near. */

import type { Entity } from "#/core/entity.ts";
import type { Digits } from "#/masking/checksums.ts";
import type { Topic } from "#/masking/topics.ts";

export interface NumberRule {
  readonly entity: Entity;
  readonly lengths: readonly number[];
  /** Check digits, ranges and dates, of `count` digits from `at` on. */
  readonly check: (digits: Digits, at: number, count: number) => boolean;
  /** Ways of writing that are evidence by themselves, as `3-2-4`: digits of each group, and the separators. */
  readonly forms?: readonly string[];
  /** How sure in one of these forms without a word nearby; 0.8 unless stated. */
  readonly formSure?: number;
  /**
   * How sure as bare digits without a word nearby; unless stated a word is needed. Below a half where one number in a few
   * hundred passes the check by chance: that tells nothing of one, but of the values of a column.
   */
  readonly plainSure?: number;
  readonly topics: readonly Topic[];
  /** Whether in a sentence no word before it speaks against it: few of `order 4111…` are both issued and right by their check digit. */
  readonly inSentence?: boolean;
  /** Other ways of writing that count where a word stands nearby; any uniform grouping unless stated. */
  readonly loose?: "none";
}

/** For `plainSure`. */
export const oneInHundred = 0.3;
