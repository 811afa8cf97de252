/** The credential with which the gateway comes to a tool server. Agents never hold it, and no answer carries it. */
import type { Secret } from "#/core/secret.ts";

export type CredentialSettings =
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

export interface Credential {
  /** At once where it is known. Rejects where a token can't be had. */
  headers(): CredentialHeaders | Promise<CredentialHeaders>;
  /** The server did not take it: whether there is a point in asking for another. */
  renew(): boolean;
  /** As of the upstream. */
  tokens(): readonly string[];
}

export type CredentialHeaders = Readonly<Record<string, string>>;

export const noTokens: readonly string[] = [];
