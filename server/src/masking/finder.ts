/**
 * Finds secrets and personal data in texts, streams and values. The way into this folder.
 *
 * Pure: bytes in, findings out; it knows no database, no surface and no policy. What it guarantees is in `scan.ts` (any cut
 * of a text gives the same findings, in linear time and bounded memory) and `fold.ts` (how a text is read).
 *
 * What is not looked for yet comes in through `FinderOptions.added`, as a rule with an anchor and a bound: names of people in running text
 * at words that stand before names, values under names that say little at what assigns them, scored there, and an owner's own
 * code at the prints of an index.
 */
import type { Entity } from "#/core/entity.ts";
import type { Finding } from "./finding.ts";
import { createFolder, type Folder, isFolded } from "./fold/fold.ts";
import { type Glance, glanceBehind } from "./glance.ts";
import { atOnce, type InSteps } from "./in-steps.ts";
import type { Rule } from "./rule.ts";
import { buildRules, type RuleSet, saysNothing } from "./rules.ts";
import { type ScanOptions, startScan } from "./scan/scan.ts";

export interface Finder {
  /** `lead` stands before the text and is counted with it. */
  readonly find: (text: string | Uint8Array, lead?: Uint8Array) => readonly Finding[];
  /** The same with what is less sure: for values of one column, which are judged together. */
  readonly guess: (text: string) => readonly Finding[];
  readonly start: (onFinding: (finding: Finding) => void) => FindingStream;
  /** One that finds but these, with the same rules. What can't be looked at is told always. */
  readonly only: (entities: ReadonlySet<Entity>) => Finder;
  readonly looksFor: (entity: Entity) => boolean;
  /** Whether anything may be found in a text behind `lead`, far faster than it is found: what it says no of holds nothing. */
  readonly glanceBehind: (lead: Uint8Array) => Glance;
  /** Whether a name that stands before a value tells nothing about it. */
  readonly saysNothing: (name: string) => boolean;
}

export interface FindingStream {
  readonly push: (piece: Uint8Array) => void;
  readonly end: () => void;
  /** All findings that begin before this byte of the text have been told. */
  readonly settledUpTo: () => number;
}

export interface FinderOptions {
  /** Less sure findings are left out; 0.5 unless stated. */
  readonly confidenceMin?: number;
  /** Only these, unless stated all. What can't be looked at is told always. */
  readonly entities?: ReadonlySet<Entity>;
  /** What a user looks for besides (`user-pattern.ts`). */
  readonly added?: readonly Rule[];
}

const confidenceDefault = 0.5;
/** Check digits that one number in a hundred has: nothing for one value, and much for many. */
const confidenceGuessed = 0.25;

export function createFinder(options: FinderOptions = {}): Finder {
  return atOnce(growFinder(options));
}

/** The same in steps: its tables take as long as many texts. */
export function* growFinder({ added = [], ...options }: FinderOptions = {}): InSteps<Finder> {
  return finderOver(yield* buildRules(added), options);
}

function finderOver(rules: RuleSet, options: Omit<FinderOptions, "added">): Finder {
  const { confidenceMin = confidenceDefault, entities } = options;
  const looksFor = (entity: Entity) => entities === undefined || entities.has(entity);
  const wantedFrom = (least: number) => (entity: Entity, confidence: number) =>
    confidence >= least && looksFor(entity);
  const isWanted = wantedFrom(confidenceMin);
  const find = createFind(rules, isWanted);
  const guess = createFind(rules, wantedFrom(Math.min(confidenceMin, confidenceGuessed)));
  return {
    find: (text, lead) => find(bytesOf(text), lead),
    guess: (text) => guess(bytesOf(text)),
    start: (onFinding) => startStream({ rules, isWanted, onFinding }),
    only: (wanted) =>
      finderOver(rules, { confidenceMin, entities: new Set([...wanted].filter(looksFor)) }),
    looksFor,
    glanceBehind: (lead) => glanceBehind(rules, lead),
    saysNothing: (name) => saysNothing(rules, name),
  };
}

/** Longer texts mostly hold something to decide, so that a glance at them is but another pass. */
export const glancedBytesMost = 512;

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? Buffer.from(text, "utf8") : text;
}

/** One scan that is used again: most texts are short. */
function createFind(
  rules: RuleSet,
  isWanted: (entity: Entity, confidence: number) => boolean,
): (text: Uint8Array, lead?: Uint8Array) => readonly Finding[] {
  let findings: Finding[] = [];
  const onFinding = (finding: Finding) => findings.push(finding);
  const options: ScanOptions = { rules, isWanted, onFinding };
  const mayHold = glanceBehind(rules, new Uint8Array(0));
  let scan = startScan(options);
  return (text, lead) => {
    findings = [];
    if (lead === undefined && text.length <= glancedBytesMost && !mayHold(text, 0, text.length))
      return findings;
    const folder = isFolded(text) && (lead === undefined || isFolded(lead)) ? null : createFolder();
    try {
      if (folder === null) {
        scan.push(text, lead);
      } else {
        if (lead !== undefined) scan.push(folder.push(lead, false));
        scan.push(folder.push(text, true));
      }
      scan.end();
    } catch (error) {
      // Nothing of a text that was not looked at to its end is left for the next.
      scan = startScan(options);
      throw error;
    }
    return folder === null ? findings : findings.map((finding) => inSource(finding, folder));
  };
}

function inSource(finding: Finding, { sourceOf }: Folder): Finding {
  return { ...finding, start: sourceOf(finding.start), end: sourceOf(finding.end) };
}

function startStream({ onFinding, ...options }: ScanOptions): FindingStream {
  const folder = createFolder();
  const scan = startScan({
    ...options,
    onFinding: (finding) => onFinding(inSource(finding, folder)),
  });
  return {
    push(piece) {
      scan.push(folder.push(piece, false));
      folder.forget(scan.settledUpTo());
    },
    end() {
      scan.push(folder.push(new Uint8Array(0), true));
      scan.end();
    },
    settledUpTo: () => folder.sourceOf(scan.settledUpTo()),
  };
}
