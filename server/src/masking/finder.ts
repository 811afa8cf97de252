/**
 * Finds secrets and personal data in texts, streams and values. The way into this folder.
 *
 * Pure: bytes in, findings out; it knows no database, no surface and no policy. What it guarantees is in `scan.ts` (any cut
 * of a text gives the same findings, in linear time and bounded memory) and `fold.ts` (how a text is read).
 */
import type { Entity } from "#/core/entity.ts";
import type { Finding } from "./finding.ts";
import { createFolder, isFolded } from "./fold.ts";
import type { Rule } from "./rule.ts";
import { buildRules, type RuleSet } from "./rules.ts";
import { startScan } from "./scan.ts";

export interface Finder {
  readonly find: (text: string | Uint8Array) => readonly Finding[];
  readonly start: (onFinding: (finding: Finding) => void) => FindingStream;
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

export function createFinder({
  added = [],
  confidenceMin = confidenceDefault,
  entities,
}: FinderOptions = {}): Finder {
  const rules = buildRules(added);
  const isWanted = ({ entity, confidence }: Finding) =>
    entity === "unscanned" ||
    (confidence >= confidenceMin && (entities === undefined || entities.has(entity)));
  let findings: Finding[] = [];
  const keep = (finding: Finding) => {
    if (isWanted(finding)) findings.push(finding);
  };
  // A text that needs no folding goes through one scan that is used again: most are short.
  let scan = startScan({ rules, onFinding: keep });
  return {
    find(text) {
      findings = [];
      const bytes =
        typeof text === "string"
          ? Buffer.from(text, "utf8")
          : Buffer.from(text.buffer, text.byteOffset, text.length);
      const stream = isFolded(bytes) ? scan : startStream(rules, keep);
      try {
        stream.push(bytes);
        stream.end();
      } catch (error) {
        // Nothing of a text that was not looked at to its end is left for the next.
        scan = startScan({ rules, onFinding: keep });
        throw error;
      }
      return findings;
    },
    start: (onFinding) =>
      startStream(rules, (finding) => {
        if (isWanted(finding)) onFinding(finding);
      }),
  };
}

function startStream(rules: RuleSet, onFinding: (finding: Finding) => void): FindingStream {
  const folder = createFolder();
  const scan = startScan({
    rules,
    onFinding: (finding) =>
      onFinding({
        ...finding,
        start: folder.sourceOf(finding.start),
        end: folder.sourceOf(finding.end),
      }),
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
