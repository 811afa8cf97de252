/** Whether what somebody has made may move the search path while a statement runs, as SET does. */
import {
  type Catalogue,
  namesOthersOwn,
  runsPlainReads,
} from "#/proxies/postgres/catalogue/catalogue.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";

/** Within one message, before a later statement of it looks its names up. */
export function functionsMove(classified: Classified, catalogue: Catalogue | null): boolean {
  const { statements, references, facts } = classified;
  if (statements.length < 2 || catalogue?.movesPath !== true) return false;
  const writes = facts.writes.length > 0 && catalogue.writesCall;
  return writes || namesOthersOwn(references, catalogue);
}

/** For later messages; servers from 18 on tell of it by themselves. */
export function movesPathUnseen(classified: Classified, catalogue: Catalogue | null): boolean {
  if (catalogue === null) return true;
  const isPossible = catalogue.movesPath || catalogue.ownNames.size > 0;
  return isPossible && !runsPlainReads(classified, catalogue);
}
