/**
 * Keeps web pages elsewhere away from a gateway that the browser can reach and they can't.
 *
 * A page whose name is made to lead to this machine (DNS rebinding) still sends its own name as Host; so a
 * name has to be the gateway's own. An address in digits can't be rebound. Any other page's request carries
 * its Origin.
 */
import { isIP } from "node:net";
import { GatewayError } from "#/core/errors.ts";

/** Throws `api.origin_refused`. */
export function checkOrigin(
  headers: { readonly host: string | undefined; readonly origin: string | undefined },
  publicUrl: string,
): void {
  const own = URL.parse(publicUrl);
  if (headers.host === undefined || !isOwnHost(headers.host, own)) {
    throw new GatewayError(
      "api.origin_refused",
      "The gateway is not known under this name. Set `publicUrl` to the address that people use.",
    );
  }
  if (headers.origin !== undefined && headers.origin !== own?.origin) {
    throw new GatewayError("api.origin_refused", "Pages of other sites can't use this API.");
  }
}

function isOwnHost(host: string, own: URL | null): boolean {
  const { hostname } = URL.parse(`http://${host}`) ?? {};
  if (hostname === undefined) return false;
  return hostname === "localhost" || hostname === own?.hostname || isAddress(hostname);
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[(.*)\]$/, "$1")) !== 0;
}
