/** A credential as it is shown to a tool server, again and again. */

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
