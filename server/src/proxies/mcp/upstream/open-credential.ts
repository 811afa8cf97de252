/** How the gateway shows its credential to a tool server: as a header that stays, or as tokens that it fetches. */
import type { ToolCredential } from "#/core/tool-credential.ts";
import { type Credential, type CredentialHeaders, noTokens } from "./credential.ts";
import { clientCredentials, type TokenDeps } from "./oauth.ts";

export function openCredential(settings: ToolCredential, deps: TokenDeps): Credential {
  switch (settings.kind) {
    case "none":
      return constant({});
    case "header":
      return constant({ [settings.name.toLowerCase()]: settings.value.reveal() });
    case "oauth":
      return clientCredentials(settings, deps);
  }
}

function constant(headers: CredentialHeaders): Credential {
  return { headers: () => headers, renew: () => false, tokens: () => noTokens };
}
