/** All that a command knows of the machine and the person in front of it. Handed in, so that tests can too. */
import type { Terminal } from "./layout.ts";

/** What the person in front of it says, or what is piped in. */
export interface Input {
  /** Standard input to its end; null if it is more than this. */
  readonly read: (bytesMax: number) => Promise<string | null>;
  /** The answer to a question; null where nobody is there to be asked. */
  readonly ask: ((question: string) => Promise<string>) | null;
}

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
  /** Standard input as it comes, of any size; aborted, it is not waited for any more. */
  readonly pieces: (signal?: AbortSignal) => AsyncIterable<Uint8Array>;
  /** Standard output for bytes that are no text of ours; settles when it takes more. */
  readonly output: (piece: Uint8Array) => Promise<void>;
  /** Shows one line in place of the one before, or none; null where nobody watches. */
  readonly progress: ((line: string) => void) | null;
  readonly input: Input;
}
