/** Names that look like something that is built in, and may be what somebody made: such a statement counts as one that can't be read. */
import {
  type Catalogue,
  mayCallPart,
  mayCallRowFunction,
  mayCallVolatile,
} from "#/proxies/postgres/catalogue/catalogue.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import { namesDifferElsewhere } from "#/proxies/postgres/sql/names-elsewhere.ts";
import { opaque } from "./count-opaque.ts";

/** `encoding` is the database's own. */
export function countLookAlikes(
  classified: Classified,
  catalogue: Catalogue | null,
  encoding: string,
): Classified {
  if (namesDifferElsewhere(classified.text, encoding)) {
    return opaque(classified, "A name in it may be another one in the encoding of the database.");
  }
  if (mayCallPart(classified, catalogue)) {
    return opaque(
      classified,
      "It takes a part of an expression by name, which may call a function.",
    );
  }
  if (catalogue === null) return classified;
  if (mayCallRowFunction(classified, catalogue)) {
    return opaque(classified, "What looks like a column may be a function that somebody made.");
  }
  if (mayCallVolatile(classified, catalogue)) {
    return opaque(classified, "What looks like a built-in function may be one that somebody made.");
  }
  return classified;
}
