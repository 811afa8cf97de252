/** A lean PostgreSQL client for measurements: signs in, then sends one prepared frame again and again. */
import { Secret } from "../server/src/core/secret.ts";
import { encodeQuery } from "../server/src/proxies/postgres/codec-frontend.ts";
import { openUpstream } from "../server/src/proxies/postgres/upstream.ts";

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
  const { hostname, port, username, password, pathname } = new URL(url);
  const upstream = await openUpstream(
    {
      host: hostname,
      port: Number(port),
      database: pathname.slice(1),
      user: username,
      password: new Secret(password),
      keyCache: new Map(),
      tls: null,
      known: { minor: 2 },
    },
    [],
  );
  return upstream.socket;
}

/** ReadyForQuery is six bytes and the last of an answer. */
function isReady(chunk: Buffer): boolean {
  return chunk.length >= 6 && chunk[chunk.length - 6] === 0x5a && chunk[chunk.length - 2] === 5;
}
