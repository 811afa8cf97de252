/**
 * The cookie of a browser's session.
 *
 * Over HTTPS its name makes the browser promise that it was set by this very host, over HTTPS, for all of its
 * paths (`__Host-`, RFC 6265bis §4.1.3.2). Over HTTP a browser would drop such a cookie; a plain one is what
 * is left, and other programs on the same host can set it too.
 */
import { GatewayError } from "#/core/errors.ts";

const secureName = "__Host-countersign";
const plainName = "countersign";

function cookieName(publicUrl: string): string {
  return isSecure(publicUrl) ? secureName : plainName;
}

/** Null where there is none. Two of one name could only come from somebody else: then none is taken. */
export function readCookie(header: string | undefined, publicUrl: string): string | null {
  const name = cookieName(publicUrl);
  const values = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  if (values.length > 1) {
    throw new GatewayError(
      "api.unauthenticated",
      "The browser sent two cookies with the session's name, and one is not the gateway's. Remove this site's cookies, and sign in again.",
    );
  }
  return values[0] ?? null;
}

/** RFC 6265bis §4.1. The browser drops it when the session is over at the latest. */
export function setCookie(token: string, lifeMs: number, publicUrl: string): string {
  const attributes = [
    `${cookieName(publicUrl)}=${token}`,
    "Path=/",
    `Max-Age=${Math.floor(lifeMs / 1000)}`,
    "HttpOnly",
    "SameSite=Strict",
    ...(isSecure(publicUrl) ? ["Secure"] : []),
  ];
  return attributes.join("; ");
}

export function clearCookie(publicUrl: string): string {
  return setCookie("", 0, publicUrl);
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith("https:");
}
