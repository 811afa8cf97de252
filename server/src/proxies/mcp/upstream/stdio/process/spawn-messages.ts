/** What the gateway and its spawner say to each other, over the pipe between them. */

export type ToSpawner =
  | {
      readonly kind: "start";
      readonly id: number;
      /** The gateway's socket, and what each stream shows there to be let in: stdin, stdout, stderr. */
      readonly socket: string;
      readonly tickets: readonly [string, string, string];
      readonly command: readonly [string, ...string[]];
      /** All of it; nothing is inherited. */
      readonly environment: Readonly<Record<string, string>>;
      readonly folder: string;
    }
  | { readonly kind: "signal"; readonly id: number; readonly signal: StopSignal };

export type StopSignal = "SIGTERM" | "SIGKILL";

export type FromSpawner =
  | { readonly kind: "started"; readonly id: number; readonly pid: number }
  | { readonly kind: "failed"; readonly id: number; readonly code: string }
  | {
      readonly kind: "exited";
      readonly id: number;
      readonly code: number | null;
      readonly signal: string | null;
    };
