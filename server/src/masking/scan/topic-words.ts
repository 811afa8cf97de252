/** Words that tell what stands near them: how far before a place each topic was last named, and how soon behind it. */
import { alphabetsOfByte, letterBit } from "#/masking/alphabet.ts";
import type { RuleSet } from "#/masking/rules.ts";
import { type Topic, topicNumbers, topicReachAfter, topics } from "#/masking/topics.ts";
import type { TextWindow } from "./text-window.ts";

interface Word {
  readonly topic: number;
  readonly length: number;
  /** The word has to stand by itself. */
  readonly alone: boolean;
}

export interface TopicWords {
  /** A word that ends with the byte at `at`. */
  readonly note: (word: Word, at: number) => void;
  readonly since: (topic: Topic, at: number) => number;
  readonly sinceAny: (at: number) => number;
  /** Whether one stands within `reach` bytes behind `at`, none of them at `limit` or behind it; `spend` is told what was read. */
  readonly follows: (topic: Topic, at: number, limit: number, reach: number) => boolean;
  readonly forget: () => void;
}

export function createTopicWords(
  { automaton, hits, starts, list }: RuleSet,
  window: TextWindow,
  spend: (bytes: number) => void,
): TopicWords {
  const { classes, next, firstHit, width, start } = automaton;
  const seenAt = new Float64Array(topics.length).fill(Number.NEGATIVE_INFINITY);
  let anySeenAt = Number.NEGATIVE_INFINITY;
  /** How far behind the place `followedAt` each topic is named. */
  const followedBy = new Float64Array(topics.length);
  let followedAt = -1;

  return {
    note(word, at) {
      if (word.alone && !isAlone(at + 1 - word.length, at)) return;
      seenAt[word.topic] = window.base + at + 1;
      anySeenAt = window.base + at + 1;
    },
    since: (topic, at) =>
      window.base + at - (seenAt[topicNumbers[topic]] ?? Number.NEGATIVE_INFINITY),
    sinceAny: (at) => window.base + at - anySeenAt,
    follows(topic, at, limit, reach) {
      // What follows a place is read once for all topics.
      if (followedAt !== window.base + at) lookAfter(at, limit);
      return (followedBy[topicNumbers[topic]] ?? 0) <= reach;
    },
    forget() {
      // Most texts are short and leave nothing behind.
      if (anySeenAt !== Number.NEGATIVE_INFINITY) seenAt.fill(Number.NEGATIVE_INFINITY);
      anySeenAt = Number.NEGATIVE_INFINITY;
      followedAt = -1;
    },
  };

  function lookAfter(at: number, limit: number): void {
    followedAt = window.base + at;
    followedBy.fill(Number.POSITIVE_INFINITY);
    const to = Math.min(limit, at + topicReachAfter);
    spend(to - at);
    let row = start;
    for (let position = at; position < to; position += 1) {
      row = next[row + (classes[window.bytes[position] ?? 0] ?? 0)] ?? 0;
      if (row < firstHit) continue;
      const found = next[row + width] ?? 0;
      const last = starts[found + 1] ?? 0;
      for (let each = starts[found] ?? 0; each < last; each += 1) {
        const hit = hits[list[each] ?? 0];
        if (hit?.kind !== "word" || (hit.alone && !isAlone(position + 1 - hit.length, position)))
          continue;
        followedBy[hit.topic] = Math.min(followedBy[hit.topic] ?? 0, position + 1 - at);
      }
    }
  }

  /** A word of its own, or a part of a name such as `userSsn` and `ssn_no`. */
  function isAlone(first: number, last: number): boolean {
    const { bytes, filled } = window;
    const initial = bytes[first] ?? 0;
    if (first > 0 && isLetter(bytes[first - 1] ?? 0)) {
      const isCamel = initial >= 0x41 && initial <= 0x5a && (bytes[first - 1] ?? 0) >= 0x61;
      if (!isCamel) return false;
    }
    if (last + 1 >= filled) return true;
    const following = bytes[last + 1] ?? 0;
    if (!isLetter(following)) return true;
    return following <= 0x5a && (bytes[last] ?? 0) >= 0x61;
  }
}

function isLetter(byte: number): boolean {
  return ((alphabetsOfByte[byte] ?? 0) & letterBit) !== 0;
}
