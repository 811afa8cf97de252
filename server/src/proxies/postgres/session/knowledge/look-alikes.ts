/** Names that look like something that is built in, and may be what somebody made: such a statement counts as one that can't be read. */
import {
  type Catalogue,
  mayCallPart,
  mayCallRowFunction,
  mayCallUnknown,
  mayCallVolatile,
} from "#/proxies/postgres/catalogue/catalogue.ts";
import { callsUnknown } from "#/proxies/postgres/sql/effects.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import { namesDifferElsewhere } from "#/proxies/postgres/sql/names-elsewhere.ts";
import { opaque } from "./count-opaque.ts";

/** Whatever it runs by name is looked at with it. `encoding` is the database's own. */
export function countLookAlikes(
  classified: Classified,
  catalogue: Catalogue | null,
  encoding: string,
): Classified {
  const all = [classified, ...classified.runs];
  if (all.some(({ text }) => namesDifferElsewhere(text, encoding))) {
    return opaque(classified, "A name in it may be another one in the encoding of the database.");
  }
  if (all.some((each) => mayCallPart(each, catalogue))) {
    return opaque(
      classified,
      "It takes a part of an expression by name, which may call a function.",
    );
  }
  if (all.some((each) => mayCallUnknown(each, catalogue))) return opaque(classified, callsUnknown);
  if (catalogue === null) return classified;
  if (all.some((each) => mayCallRowFunction(each, catalogue))) {
    return opaque(classified, "What looks like a column may be a function that somebody made.");
  }
  if (all.some((each) => mayCallVolatile(each, catalogue))) {
    return opaque(classified, "What looks like a built-in function may be one that somebody made.");
  }
  return classified;
}
