/** The host under which others reach a listener of this machine, as it stands in a URL. */
export function reachableHost(listens: string, publicUrl: string): string {
  // A listener on every address of the machine names none; the public address leads to the same machine.
  if (/^(0\.0\.0\.0|::|\[::\])$/.test(listens))
    return URL.parse(publicUrl)?.hostname ?? "localhost";
  return hostInUrl(listens);
}

/** An IPv6 address stands in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
