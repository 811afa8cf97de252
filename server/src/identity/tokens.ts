/** Bearer secrets: 256 random bits, shown once, kept as a hash. */
import { hash, randomBytes } from "node:crypto";

/** `session` travels in a header, `browser` is a session in a cookie. */
export type TokenKind = "agent" | "link" | "session" | "browser" | "operator";

/** The beginning tells a person, and a scanner for secrets, what it is. */
const prefixes: Readonly<Record<TokenKind, string>> = {
  agent: "csa_",
  link: "csl_",
  session: "css_",
  browser: "csb_",
  operator: "cso_",
};

const tokenBytes = 32;

export function newToken(kind: TokenKind): string {
  return prefixes[kind] + randomBytes(tokenBytes).toString("base64url");
}

export function tokenKind(token: string): TokenKind | null {
  const found = Object.entries(prefixes).find(([, prefix]) => token.startsWith(prefix));
  return found === undefined ? null : (found[0] as TokenKind);
}

/** Lower-case hex SHA-256; enough for a secret of 256 random bits. */
export function tokenHash(token: string): string {
  return hash("sha256", token, "hex");
}
