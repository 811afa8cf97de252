import type { Clock } from "#/platform/clock.ts";
import type { Credential, CredentialHeaders, CredentialSettings } from "./credential.ts";
import { clientCredentials } from "./oauth.ts";

export function openCredential(settings: CredentialSettings, clock: Clock): Credential {
  switch (settings.kind) {
    case "none":
      return constant({});
    case "header":
      return constant({ [settings.name.toLowerCase()]: settings.value.reveal() });
    case "oauth":
      return clientCredentials(settings, clock);
  }
}

function constant(headers: CredentialHeaders): Credential {
  return { headers: () => headers, renew: () => false };
}
