/**
 * Keeps web pages elsewhere away from a gateway that the browser can reach and they can't.
 *
 * A page whose name is made to lead to this machine (DNS rebinding) still sends its own name as Host; so a
 * name has to be the gateway's own. An address in digits can't be rebound. Any other page's request carries
 * its Origin. Ports count: a page of another program on this machine is another page.
 */
import { isIP } from "node:net";
import { GatewayError } from "#/core/errors.ts";

export interface PageHeaders {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Sec-Fetch-Site: from where the browser says that the request comes. */
  readonly site: string | undefined;
}

/** Throws `api.origin_refused`. */
export function checkOrigin(headers: Omit<PageHeaders, "site">, publicUrl: string): void {
  const own = URL.parse(publicUrl);
  if (headers.host === undefined || !isOwnHost(headers.host, own)) {
    throw new GatewayError(
      "api.origin_refused",
      "The gateway is not known under this name. Set `publicUrl` to the address that people use.",
    );
  }
  if (headers.origin !== undefined && !isOwnOrigin(headers.origin, headers.host, own)) {
    throw foreignPage();
  }
}

/**
 * What a request has to show besides, whose credential the browser adds by itself, for whichever page asks:
 * that it comes from the gateway's own page, or, if it changes nothing, from no page at all. For a request
 * that has passed `checkOrigin`; throws `api.origin_refused`.
 */
export function checkOwnPage({ origin, site }: Omit<PageHeaders, "host">, method: string): void {
  const changesNothing = method === "GET" || method === "HEAD";
  if (site !== undefined && site !== "same-origin" && !(changesNothing && site === "none")) {
    throw foreignPage();
  }
  if (!changesNothing && origin === undefined && site === undefined) {
    throw new GatewayError(
      "api.origin_refused",
      "A change that is asked for with a cookie has to say from which page it comes.",
    );
  }
}

function foreignPage(): GatewayError {
  return new GatewayError("api.origin_refused", "Pages of other sites can't use this API.");
}

/**
 * Its public URL's, or the very address that the request was sent to: `localhost` is as good as 127.0.0.1.
 * The listener speaks plain HTTP; but where people use HTTPS, a page that came over HTTP under the same name
 * may be anybody's.
 */
function isOwnOrigin(origin: string, host: string, own: URL | null): boolean {
  if (own === null) return false;
  if (origin === own.origin) return true;
  const asked = URL.parse(`http://${host}`);
  if (asked === null || origin !== asked.origin) return false;
  return own.protocol === "http:" || asked.hostname !== own.hostname;
}

/** A name or an address, and a port (RFC 9110 §7.2): what else a reader of addresses takes is refused. */
const hostForm = /^[^@/\\?#\s]+$/;

function isOwnHost(host: string, own: URL | null): boolean {
  if (!hostForm.test(host)) return false;
  const { hostname } = URL.parse(`http://${host}`) ?? {};
  if (hostname === undefined) return false;
  return hostname === "localhost" || hostname === own?.hostname || isAddress(hostname);
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[(.*)\]$/, "$1")) !== 0;
}
