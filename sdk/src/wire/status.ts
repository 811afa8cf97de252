import type { Health } from "./connection.ts";

export interface Status {
  /** False while the gateway can't record, or is still starting. */
  readonly ready: boolean;
  readonly degraded: string | null;
  /** It runs on the bundled sample, without a configuration. */
  readonly quickstart: boolean;
  readonly version: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly console: { readonly url: string; readonly signIn: string | null };
  readonly listeners: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  readonly connections: readonly {
    readonly name: string;
    readonly kind: string;
    readonly environment: string;
    readonly agents: readonly {
      readonly name: string;
      readonly url: string | null;
      /** Of the quickstart's sample agent alone. */
      readonly token: string | null;
    }[];
    /** Null for agents. */
    readonly health: Health | null;
  }[];
  readonly log: { readonly size: number; readonly origin: string; readonly key: string };
  /** Whoever asks. An operator holds the data folder's credential where that is nobody's: no name. */
  readonly caller: {
    readonly kind: "person" | "operator" | "agent";
    readonly name: string | null;
    readonly groups: readonly string[];
    readonly administrator: boolean;
    /** When its session ends at the latest; null for a credential that is no session. */
    readonly signedInUntil: string | null;
  };
}
