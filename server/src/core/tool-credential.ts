/** With which credential the gateway comes to a tool server. Agents never hold it, and no answer carries it. */
import type { Secret } from "./secret.ts";

export type ToolCredential =
  | { readonly kind: "none" }
  | { readonly kind: "header"; readonly name: string; readonly value: Secret }
  | {
      readonly kind: "oauth";
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: Secret;
      readonly scope: string | null;
      readonly resource: string | null;
    };
