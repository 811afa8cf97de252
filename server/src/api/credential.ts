/**
 * Where a request carries its credential: a bearer token in a header, or a browser's session in a cookie.
 *
 * Guarantees that a header wins, whatever else is sent along; and that a cookie counts only on a request that
 * the gateway's own page made (`origin.ts`).
 */
import type { Context } from "hono";
import { GatewayError } from "#/core/errors.ts";
import type { Credential } from "#/identity/authenticate.ts";
import { checkOwnPage } from "#/identity/origin.ts";
import { readCookie } from "./cookie.ts";

/** What nobody asked for and a page does by itself, such as asking for news. */
const backgroundHeader = "countersign-background";

/** Throws `api.unauthenticated` or `api.origin_refused`. */
export function credentialOf({ req }: Context, publicUrl: string): Credential {
  const isActivity = req.header(backgroundHeader) !== "1";
  const authorization = req.header("authorization");
  if (authorization !== undefined) {
    return { token: bearerToken(authorization), carrier: "header", isActivity };
  }
  const token = readCookie(req.header("cookie"), publicUrl);
  if (token === null) throw noCredential();
  const headers = { origin: req.header("origin"), site: req.header("sec-fetch-site") };
  checkOwnPage(headers, req.method);
  return { token, carrier: "cookie", isActivity };
}

/** RFC 6750 §2.1. */
function bearerToken(header: string): string {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]{1,256})$/i.exec(header)?.[1];
  if (token === undefined) throw noCredential();
  return token;
}

function noCredential(): GatewayError {
  return new GatewayError(
    "api.unauthenticated",
    "The request carries no credential. Sign in, or send `Authorization: Bearer TOKEN`.",
  );
}
