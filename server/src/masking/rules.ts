/** Every rule that is always on, and the automaton over all their anchors. */
import { literalAnchor } from "./automaton/anchor.ts";
import { type Automaton, buildAutomaton } from "./automaton/automaton.ts";
import { type Counter, counters } from "./automaton/runs.ts";
import { assignedFinders } from "./finders/assigned.ts";
import { birthRules } from "./finders/birth.ts";
import { callRules } from "./finders/calls.ts";
import { connectionRules } from "./finders/connections.ts";
import { curlRules } from "./finders/curl.ts";
import { discordRules } from "./finders/discord.ts";
import { emailRules } from "./finders/email.ts";
import { ibanRules } from "./finders/iban.ts";
import { keyRules } from "./finders/keys.ts";
import { keystoreRules } from "./finders/keystores.ts";
import { letteredRules } from "./finders/lettered-ids.ts";
import { manifestRules } from "./finders/manifests.ts";
import { namedRules } from "./finders/named.ts";
import { networkRules } from "./finders/network.ts";
import { passwordRules } from "./finders/passwords.ts";
import { schemeRules } from "./finders/schemes.ts";
import { tokenFinders } from "./finders/tokens.ts";
import { walletRules } from "./finders/wallets.ts";
import type { InSteps } from "./in-steps.ts";
import { createNumberFinder } from "./numbers/find-numbers.ts";
import type { Rule } from "./rule.ts";
import { standsAlone, topics, topicWords } from "./topics.ts";

/** What comes of an anchor: something to decide, or a word to remember. */
export type Hit =
  | { readonly kind: "rule"; readonly ahead: number; readonly find: Rule["find"] }
  | {
      readonly kind: "word";
      readonly topic: number;
      readonly length: number;
      /** The word has to stand by itself. */
      readonly alone: boolean;
    };

export interface RuleSet {
  readonly automaton: Automaton;
  readonly hits: readonly Hit[];
  /** For each of the automaton's `found`, where its hits begin in `list`; they end where those of the next begin. */
  readonly starts: Uint32Array;
  readonly list: Uint16Array;
  readonly aheadMax: number;
}

/** A number is decided by what follows it within so many bytes, a word after it included. */
const numberAhead = 160;

/** What is always looked for; what of it keeps a state is made anew. */
export function ownRules(): readonly Rule[] {
  return [
    ...emailRules,
    ...networkRules,
    ...ibanRules,
    ...letteredRules,
    ...walletRules,
    ...keyRules,
    ...keystoreRules,
    ...manifestRules,
    ...connectionRules,
    ...birthRules,
    ...passwordRules,
    ...namedRules,
    ...callRules,
    ...curlRules,
    ...discordRules,
    ...schemeRules,
    ...tokenFinders,
    ...assignedFinders,
    { anchor: "number", ahead: numberAhead, find: createNumberFinder() },
  ];
}

export function* buildRules(added: readonly Rule[] = []): InSteps<RuleSet> {
  const rules: readonly Rule[] = [...ownRules(), ...added];
  const words = topics.flatMap((topic, index) =>
    topicWords[topic].split(";").map((word) => ({ word, topic: index })),
  );
  const byAnchor = rules.filter((rule) => typeof rule.anchor !== "string");
  const hits: Hit[] = [
    ...byAnchor.map(toHit),
    ...words.map(({ word, topic }) => ({
      kind: "word" as const,
      topic,
      length: Buffer.byteLength(word),
      alone: standsAlone(word),
    })),
  ];
  const automaton = yield* buildAutomaton(
    [
      ...byAnchor.map(({ anchor }) =>
        typeof anchor === "string" ? literalAnchor(anchor) : anchor,
      ),
      ...words.map(({ word }) => literalAnchor(word, true)),
    ],
    (index) => hits[index]?.kind === "word",
  );
  // The indices of counters come after those of all anchors.
  return withCounters(automaton, hits, rules);
}

/** Whether no anchor is in it, so that what follows is read as if it stood alone. */
export function saysNothing({ automaton }: RuleSet, name: string): boolean {
  const { classes, next, start, firstHit } = automaton;
  let state = start;
  for (const byte of Buffer.from(name, "utf8")) {
    state = next[state + (classes[byte] ?? 0)] ?? 0;
    if (state >= firstHit) return false;
  }
  return true;
}

/** Several rules may want the same counter: each gets an index of its own. */
function withCounters(automaton: Automaton, hits: Hit[], rules: readonly Rule[]): RuleSet {
  const first = hits.length;
  const byCounter = counters.map(({ name }: Counter) =>
    rules.filter(({ anchor }) => anchor === name).map((rule) => hits.push(toHit(rule)) - 1),
  );
  const found = automaton.found.map((indices) =>
    indices.flatMap((index) => (index < first ? [index] : (byCounter[index - first] ?? []))),
  );
  const starts = new Uint32Array(found.length + 1);
  for (const [index, { length }] of found.entries())
    starts[index + 1] = (starts[index] ?? 0) + length;
  const aheadMax = rules.reduce((most, { ahead }) => Math.max(most, ahead), 0);
  return { automaton, hits, starts, list: Uint16Array.from(found.flat()), aheadMax };
}

function toHit({ ahead, find }: Rule): Hit {
  return { kind: "rule", ahead, find };
}
