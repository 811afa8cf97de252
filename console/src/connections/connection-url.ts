/**
 * Connection strings, made from the gateway's template in which `AGENT` and `TOKEN` stand for an agent's own.
 *
 * Guarantees that only the two placeholders are filled in, never letters elsewhere in the address that happen
 * to be the same.
 */
export interface UrlPart {
  readonly text: string;
  /** It stands for something that has to be put in its place. */
  readonly isPlaceholder: boolean;
}

export interface Credentials {
  readonly agent: string | null;
  readonly token: string | null;
}

export function connectionUrl(template: string, { agent, token }: Credentials): string {
  return urlParts(template, { agent, token })
    .map(({ text }) => text)
    .join("");
}

export function urlParts(template: string, { agent, token }: Credentials): readonly UrlPart[] {
  const [, scheme, host] = templatePattern.exec(template) ?? [];
  if (scheme === undefined || host === undefined) return [fixed(template)];
  return [
    fixed(scheme),
    agent === null ? placeholder("AGENT") : fixed(encodeURIComponent(agent)),
    fixed(":"),
    token === null ? placeholder("TOKEN") : fixed(encodeURIComponent(token)),
    fixed(host),
  ];
}

const templatePattern = /^([a-z][a-z0-9+.-]*:\/\/)AGENT:TOKEN(@.*)$/s;

function fixed(text: string): UrlPart {
  return { text, isPlaceholder: false };
}

function placeholder(text: string): UrlPart {
  return { text, isPlaceholder: true };
}
