/** A credential as it is shown to a tool server, again and again. */

export interface Credential {
  /** At once where it is known. Rejects where a token can't be had. */
  headers(): CredentialHeaders | Promise<CredentialHeaders>;
  /** The server did not take these: whether there are others, or there is a point in asking for them. */
  renew(refused: CredentialHeaders): boolean;
  /** As of the upstream. */
  tokens(): readonly string[];
}

export type CredentialHeaders = Readonly<Record<string, string>>;

export const noTokens: readonly string[] = [];
