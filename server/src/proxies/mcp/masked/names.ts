/** What a key tells about its values, worked out once for each: the same few keys stand in all of an answer. */
import type { Entity } from "#/core/entity.ts";
import { leadOf } from "#/masking/mask-text.ts";
import type { Recognizing } from "#/masking/recognizing.ts";
import { entityOfName } from "#/masking/values/column-names.ts";
import { moreExact } from "#/masking/values/value-class.ts";

export interface NameTold {
  readonly entity: Entity | null;
  /** The name, as what stands before the value; empty where it says nothing. */
  readonly lead: string;
  readonly leadBytes: Buffer;
}

export type Names = (name: string) => NameTold;

/** Names that are kept; then they are worked out anew. */
const namesKeptMax = 2_000;
/** A longer name is text. */
const nameCharsMax = 128;

export function createNames({ finder }: Recognizing): Names {
  const kept = new Map<string, NameTold>();
  return (name) => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    if (kept.size >= namesKeptMax) kept.clear();
    const short = name.slice(0, nameCharsMax);
    const lead = leadOf(short);
    const said = finder.saysNothing(lead) ? "" : lead;
    const told: NameTold = {
      entity: short === "" ? null : entityOfName(short),
      lead: said,
      leadBytes: Buffer.from(said, "utf8"),
    };
    kept.set(name, told);
    return told;
  };
}

/** Null where the name tells nothing, or tells what no rule masks. */
export function entityToldBy(
  { entity }: NameTold,
  { finder }: Recognizing,
  value: string,
): Entity | null {
  if (entity === null || value === "") return null;
  const exact = moreExact(finder, entity, value);
  return finder.looksFor(exact) ? exact : null;
}
