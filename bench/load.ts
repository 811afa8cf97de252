/**
 * A lean PostgreSQL client for measurements: signs in, then sends the same bytes again and again. It stands in where
 * pgbench is not installed, and measures what pgbench does not do: bulk.
 */
import { readFileSync } from "node:fs";
import { Secret } from "../server/src/core/secret.ts";
import {
  openUpstream,
  type UpstreamAddress,
} from "../server/src/proxies/postgres/upstream/upstream.ts";
import { backend } from "../server/src/proxies/postgres/wire/codec.ts";
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeQuery,
  syncFrame,
} from "../server/src/proxies/postgres/wire/encode-frontend.ts";
import { upstreamTls } from "../server/src/proxies/postgres/wire/upstream-wire.ts";
import type { Protocol, StatementCase } from "./cases.ts";
import { type Opened, openDirectly } from "./direct-tls.ts";

export interface Load {
  /** Statements a second. */
  readonly rate: number;
  readonly count: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** That came back; where nobody counted them 0. */
  readonly bytes: number;
}

export function loadOf({
  rate,
  count,
  micros,
  bytes = 0,
}: {
  readonly rate: number;
  readonly count: number;
  readonly micros: readonly number[];
  readonly bytes?: number;
}): Load {
  const sorted = Float64Array.from(micros).toSorted();
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { rate, count, p50: at(0.5), p99: at(0.99), bytes };
}

/** Sends the statement `count` times, from `clients` sessions at a time, and waits for each answer. */
export async function measure(
  url: string,
  {
    sql,
    clients,
    protocol = "simple",
    data,
  }: Pick<StatementCase, "sql" | "clients" | "data"> & Partial<Pick<StatementCase, "protocol">>,
  count: number,
): Promise<Load> {
  const sessions = await Promise.all(Array.from({ length: clients }, () => connect(url)));
  if (protocol === "prepared") {
    const parse = Buffer.concat([encodeParse({ name, sql, parameterTypes: [] }), syncFrame]);
    await Promise.all(sessions.map((session) => repeat(session, { messages: parse }, counted(1))));
  }
  const load = { messages: messagesOf(protocol, sql), ...(data === undefined ? {} : { data }) };
  const micros: number[] = [];
  const start = performance.now();
  const goesOn = counted(count);
  const bytes = await Promise.all(
    sessions.map((session) => repeat(session, load, goesOn, (taken) => micros.push(taken))),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const { socket } of sessions) socket.destroy();
  return loadOf({ rate: count / seconds, count, micros, bytes: bytes.reduce((a, b) => a + b, 0) });
}

const name = "measured";

function counted(count: number): () => boolean {
  let left = count;
  return () => (left -= 1) >= 0;
}

function messagesOf(protocol: Protocol, sql: string): Buffer {
  if (protocol === "simple") return encodeQuery(sql);
  const statement = protocol === "prepared" ? name : "";
  const formats = { parameterFormats: [], parameters: [], resultFormats: [] };
  const run = [
    encodeBind({ portal: "", statement, ...formats }),
    encodeDescribe("portal", ""),
    encodeExecute(""),
    syncFrame,
  ];
  const parse = encodeParse({ name: "", sql, parameterTypes: [] });
  return Buffer.concat(protocol === "prepared" ? run : [parse, ...run]);
}

/** Resolves with the bytes that came back, or were loaded. */
function repeat(
  { socket, incoming }: Opened,
  { messages, data }: { readonly messages: Buffer } & Pick<StatementCase, "data">,
  goesOn: () => boolean,
  onAnswer: (micros: number) => void = () => {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let sentAt = 0;
    const next = () => {
      if (!goesOn()) {
        resolve(bytes);
        return;
      }
      sentAt = performance.now();
      socket.write(messages);
    };
    incoming.to((chunk) => {
      bytes += chunk.length;
      if (data !== undefined && chunk[0] === backend.copyInResponse) {
        bytes += data.length;
        socket.write(data);
      } else if (isReady(chunk)) {
        onAnswer((performance.now() - sentAt) * 1000);
        next();
      }
      return true;
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was lost")));
    socket.resume();
    next();
  });
}

function connect(url: string): Promise<Opened> {
  return openBy(url)(addressOf(url));
}

/** With `?sslnegotiation=direct` TLS from the first byte. */
export function openBy(url: string): (address: UpstreamAddress) => Promise<Opened> {
  const isDirect = new URL(url).searchParams.get("sslnegotiation") === "direct";
  return isDirect ? openDirectly : (address) => openUpstream(address, []);
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
    password: new Secret(decodeURIComponent(password)),
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
