/**
 * The bytes of a text with what was found in them replaced, in one look: most hold nothing, and no text is made of those.
 *
 * Guarantees the same as `maskBehind` for every text, and that bytes that are no text stay as they are around what was found.
 */
import type { Entity } from "#/core/entity.ts";
import type { Finder } from "./finder.ts";
import type { Finding } from "./finding.ts";
import type { Replace } from "./replacement/replace.ts";

export interface MaskedBytes {
  readonly bytes: Buffer;
  /** What was replaced first. */
  readonly entity: Entity;
}

const noLead = Buffer.alloc(0);

/** Undefined: nothing was found. `lead` stands before the text and is counted with it. */
export function maskBytes(
  finder: Finder,
  replace: Replace,
  lead: Buffer,
  text: Buffer,
): MaskedBytes | undefined {
  const findings = finder.find(text, lead);
  const [first] = findings;
  if (first === undefined) return undefined;
  const isUnscanned = findings.some(({ entity }) => entity === "unscanned");
  // A finding that took the lead in with it.
  if (lead.length > 0 && (isUnscanned || first.start < lead.length))
    return maskBytes(finder, replace, noLead, text);
  // What could not be looked at to its end is no text to show a part of.
  if (isUnscanned) {
    return { bytes: Buffer.from(replace("unscanned", text.toString("utf8"))), entity: "unscanned" };
  }
  return { bytes: replaced(replace, text, findings, lead.length), entity: first.entity };
}

function replaced(
  replace: Replace,
  text: Buffer,
  findings: readonly Finding[],
  base: number,
): Buffer {
  const parts: Buffer[] = [];
  let last = 0;
  for (const { entity, start, end } of findings) {
    const [from, to] = [start - base, end - base];
    if (from > last) parts.push(text.subarray(last, from));
    parts.push(Buffer.from(replace(entity, text.toString("utf8", from, to))));
    last = to;
  }
  if (last < text.length) parts.push(text.subarray(last));
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts);
}
