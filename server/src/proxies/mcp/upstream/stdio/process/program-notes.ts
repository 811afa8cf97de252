/** What people are told of a connection's programs besides how many run: how the last one ended, and the last lines of standard error. */
import type { ProgramEnd, SaidLine, ServerPrograms } from "#/core/server-programs.ts";
import type { Clock } from "#/platform/clock.ts";

/** Of all programs of one connection. The oldest go. */
export const linesKeptMax = 20;

export interface ProgramNotes {
  /** A line as the log has it. */
  said(text: string): void;
  /** One ended that nobody had asked to. */
  ended(end: Omit<ProgramEnd, "at">): void;
  current(): Pick<ServerPrograms, "lastEnd" | "said">;
}

export function createProgramNotes(clock: Pick<Clock, "now">): ProgramNotes {
  const said: SaidLine[] = [];
  let lastEnd: ProgramEnd | null = null;
  return {
    said(text) {
      said.push({ at: clock.now(), text });
      if (said.length > linesKeptMax) said.shift();
    },
    ended(end) {
      lastEnd = { ...end, at: clock.now() };
    },
    current: () => ({ lastEnd, said: [...said] }),
  };
}
