/** What the PostgreSQL listener shows itself with. */
import { hostname } from "node:os";
import { join } from "node:path";
import type { Config } from "#/config/load.ts";
import type { Log } from "#/platform/log.ts";
import { reachableHost } from "#/platform/reachable-host.ts";
import {
  type IdentityKeeper,
  keepConfigured,
  keepSelfSigned,
  type ServerIdentity,
} from "#/tls/server-identity.ts";

export function openListenerIdentity(
  { listen, dataDir, publicUrl }: Config,
  now: number,
  log: Log,
): IdentityKeeper {
  const { host, tls } = listen.postgres;
  const keeper =
    tls.identity === null
      ? keepSelfSigned(
          {
            certificateFile: join(dataDir, "postgres.crt"),
            keyFile: join(dataDir, "postgres.key"),
          },
          [
            "127.0.0.1",
            "::1",
            reachableHost(host, ""),
            hostname(),
            URL.parse(publicUrl ?? "")?.hostname ?? "",
          ],
          now,
        )
      : keepConfigured(tls.identity);
  logIdentity(keeper.current(), now, log);
  return keeper;
}

export function logIdentity(
  { fingerprint, expiresAt }: ServerIdentity,
  now: number,
  log: Log,
): void {
  const fields = { fingerprint, expires: new Date(expiresAt).toISOString() };
  if (expiresAt > now) log.info("certificate.loaded", fields);
  else log.warn("certificate.expired", fields);
}
