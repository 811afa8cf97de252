/** All that a command knows of the machine and the person in front of it. Handed in, so that tests can too. */
import type { Terminal } from "./layout.ts";

export interface Context {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working folder. */
  readonly folder: string;
  readonly home: string;
  /** How this command is called here, for what we tell people to type. */
  readonly command: string;
  /** In milliseconds. */
  readonly now: () => number;
  readonly terminal: Terminal;
}
