/** What runs of a tool server, as the API tells it: what it wrote to standard error is for those who administer it. */
import type { ServerPrograms as WirePrograms } from "@countersign/sdk/wire/connection";
import type { ServerPrograms } from "#/core/server-programs.ts";
import { type Caller, mayAdminister } from "#/identity/caller.ts";
import { presentTime, presentTimeOrNull } from "./present-time.ts";

export function presentPrograms(
  programs: ServerPrograms | null,
  caller: Caller,
): WirePrograms | null {
  if (programs === null) return null;
  const { running, startsAgainAt, lastEnd, said } = programs;
  return {
    running,
    startsAgainAt: presentTimeOrNull(startsAgainAt),
    lastEnd: lastEnd && { ...lastEnd, at: presentTime(lastEnd.at) },
    said: mayAdminister(caller)
      ? said.map(({ at, text }) => ({ at: presentTime(at), text: text.toWellFormed() }))
      : null,
  };
}
