/**
 * What each recognizer finds, how sure it is, and what it misses: the page `docs/reference/recognizers.md` is written from it,
 * and a test holds every example to be found. Numbers are published examples of their formats, or reserved for such use.
 */
import type { Entity } from "#/core/entity.ts";
import { entriesOfAmericas } from "./catalogue/americas.ts";
import { entriesOfAsiaAfricaOceania } from "./catalogue/asia-africa-oceania.ts";
import { entriesOfEastEurope } from "./catalogue/east-europe.ts";
import type { CatalogueEntry } from "./catalogue/entry.ts";
import { entriesOfEurope } from "./catalogue/europe.ts";
import { entriesEverywhere } from "./catalogue/everywhere.ts";
import { secretEntries } from "./catalogue/secrets.ts";

/** What is told by the name of its column or key alone, or is no recognizer of its own. */
export type UnlistedEntity = "person" | "street_address" | "user_pattern" | "unscanned";

export const catalogue: Readonly<Record<Exclude<Entity, UnlistedEntity>, CatalogueEntry>> = {
  ...secretEntries,
  ...entriesEverywhere,
  ...entriesOfAmericas,
  ...entriesOfEurope,
  ...entriesOfEastEurope,
  ...entriesOfAsiaAfricaOceania,
};
