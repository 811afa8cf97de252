/** Texts and streams with what was found in them replaced. */
import type { Entity } from "#/core/entity.ts";
import type { Finder } from "./finder.ts";
import type { Finding } from "./finding.ts";
import type { Replace } from "./replacement/replace.ts";

export interface Masked {
  readonly text: string;
  /** What was replaced, in its order. */
  readonly entities: readonly Entity[];
}

export function maskText(finder: Finder, replace: Replace, text: string): Masked {
  const bytes = Buffer.from(text, "utf8");
  const findings = finder.find(bytes);
  if (findings.length === 0) return { text, entities: [] };
  // What could not be looked at to its end is no text to show a part of.
  if (findings.some(({ entity }) => entity === "unscanned"))
    return { text: replace("unscanned", text), entities: ["unscanned"] };
  let masked = "";
  let last = 0;
  for (const finding of findings) {
    masked +=
      bytes.toString("utf8", last, finding.start) + replacementOf(replace, bytes, finding, 0);
    last = finding.end;
  }
  return {
    text: masked + bytes.toString("utf8", last),
    entities: findings.map(({ entity }) => entity),
  };
}

/** The same of what has a name: words that tell what a number is stand there. */
export function maskNamed(finder: Finder, replace: Replace, name: string, value: string): Masked {
  return maskBehind(finder, replace, leadOf(name), value);
}

/** The same, where the words were made of the name before. */
export function maskBehind(finder: Finder, replace: Replace, lead: string, value: string): Masked {
  if (lead === "") return maskText(finder, replace, value);
  const masked = maskText(finder, replace, `${lead}${value}`);
  if (masked.entities.length === 0) return { text: value, entities: [] };
  // A finding that took the name in with it.
  if (!masked.text.startsWith(lead)) return maskText(finder, replace, value);
  return { text: masked.text.slice(lead.length), entities: masked.entities };
}

/** The words of a name, as something that says what follows. */
export function leadOf(name: string): string {
  return name === "" ? "" : `${name.replaceAll(/[^\p{L}\d]+/gu, "_")}: `;
}

export interface MaskingStream {
  readonly push: (piece: Uint8Array) => void;
  readonly end: () => void;
}

/** Passes a stream on as soon as it is settled; `onFinding` learns where things were in the original. */
export function startMasking(options: {
  readonly finder: Finder;
  readonly replace: Replace;
  readonly emit: (piece: Uint8Array) => void;
  readonly onFinding?: (finding: Finding) => void;
}): MaskingStream {
  const { finder, replace, emit, onFinding } = options;
  /** The text from `base` on: what is not passed on yet. */
  let kept = Buffer.alloc(0);
  let base = 0;
  const stream = finder.start((finding) => {
    onFinding?.(finding);
    release(finding.start);
    emit(Buffer.from(replacementOf(replace, kept, finding, base), "utf8"));
    drop(finding.end);
  });
  return {
    push(piece) {
      kept = kept.length === 0 ? Buffer.from(piece) : Buffer.concat([kept, piece]);
      stream.push(piece);
      release(Math.min(stream.settledUpTo(), base + kept.length));
    },
    end() {
      stream.end();
      release(base + kept.length);
    },
  };

  function release(upTo: number): void {
    if (upTo <= base) return;
    emit(kept.subarray(0, upTo - base));
    drop(upTo);
  }

  function drop(upTo: number): void {
    kept = kept.subarray(upTo - base);
    base = upTo;
  }
}

/** The finding's value, as it stood there. */
function replacementOf(
  replace: Replace,
  bytes: Buffer,
  { entity, start, end }: Finding,
  base: number,
): string {
  return replace(entity, bytes.toString("utf8", start - base, end - base));
}
