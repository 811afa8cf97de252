/** A lean PostgreSQL client for measurements: signs in, then sends one prepared frame again and again. */
import { readFileSync } from "node:fs";
import { Secret } from "../server/src/core/secret.ts";
import { openUpstream, type UpstreamAddress } from "../server/src/proxies/postgres/upstream.ts";
import { encodeQuery } from "../server/src/proxies/postgres/wire/codec-frontend.ts";
import { upstreamTls } from "../server/src/proxies/postgres/wire/upstream-wire.ts";

export interface Load {
  /** Statements a second. */
  readonly rate: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Sends `sql` from `clients` sessions at a time, `count` in all, and waits for each answer. */
export async function measure(
  url: string,
  {
    sql,
    clients,
    count,
  }: { readonly sql: string; readonly clients: number; readonly count: number },
): Promise<Load> {
  const sockets = await Promise.all(Array.from({ length: clients }, () => connect(url)));
  const query = encodeQuery(sql);
  let left = count;
  const latencies: number[] = [];
  const start = performance.now();
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          let sentAt = 0;
          const next = () => {
            if (left <= 0) return resolve();
            left -= 1;
            sentAt = performance.now();
            socket.write(query);
          };
          socket.on("data", (chunk: Buffer) => {
            if (!isReady(chunk)) return;
            latencies.push(performance.now() - sentAt);
            next();
          });
          socket.on("error", reject);
          socket.resume();
          next();
        }),
    ),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const socket of sockets) socket.destroy();
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0) * 1000;
  return { rate: count / seconds, p50: at(0.5), p99: at(0.99) };
}

async function connect(url: string) {
  return (await openUpstream(addressOf(url), [])).socket;
}

/** With `?sslrootcert=FILE` through TLS. */
export function addressOf(url: string): UpstreamAddress {
  const { hostname: host, port, username, password, pathname, searchParams } = new URL(url);
  const root = searchParams.get("sslrootcert");
  const trusted = { certificate: null, key: null, serverName: null };
  return {
    host,
    port: Number(port),
    database: pathname.slice(1),
    user: username,
    password: new Secret(password),
    keyCache: new Map(),
    tls:
      root === null
        ? null
        : upstreamTls({ mode: "verify-full", ca: readFileSync(root, "utf8"), ...trusted }, host),
    known: { minor: 2 },
    health: null,
  };
}

/** ReadyForQuery is six bytes and the last of an answer. */
function isReady(chunk: Buffer): boolean {
  return chunk.length >= 6 && chunk[chunk.length - 6] === 0x5a && chunk[chunk.length - 2] === 5;
}
