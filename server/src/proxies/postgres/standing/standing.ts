/**
 * How a session stands in which a statement waits: how long it can, what it locks, and who waits for that.
 *
 * Asked on the session itself, where a question that the server refuses would end the client's transaction: so the
 * right to ask is asked for first, and what may not be read is not known. Every name is written with its schema,
 * because the session's search path is the agent's to choose.
 */
import type { HeldLock, OpenTransaction } from "#/core/open-transaction.ts";
import type { Standing, WaitLimit } from "#/core/protocol.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";

/** Named on the review; the others are counted. */
const locksNamedMax = 20;
/** As much earlier than the server would end the session by its own timeouts, which nobody could explain then. */
const beforeTimeoutMs = 2_000;

export interface StandingRead extends Omit<Standing, "isBound"> {
  /** Of the server's process, by which others find its locks; null where it is in no transaction. */
  readonly pid: string | null;
}

export const nothingKnown: StandingRead = { transaction: null, limit: null, pid: null };

export interface Stood {
  /** As the server said last. */
  readonly status: "idle" | "transaction" | "failed";
  /** Messages went before it that have not ended in a Sync. */
  readonly inPipeline: boolean;
  readonly now: number;
}

export async function readStanding(ask: Ask, { status, inPipeline, now }: Stood) {
  const [rights] = await ask(rightsQuery);
  const mayTimeouts = rights?.[0] === "t";
  const mayLocks = rights?.[1] === "t";
  // A pipeline that has written something holds its locks like any transaction, though nobody has opened it.
  const isOpen = status === "transaction" || (inPipeline && rights?.[2] === "t");
  const ageMs = numberOf(rights?.[3]);
  const timeouts = mayTimeouts ? parseTimeouts(await ask(timeoutsQuery)) : new Map();
  const limit = leastOf(limitsOf(timeouts, { status, isOpen, ageMs }));
  if (!isOpen) return { transaction: null, limit, pid: null };
  const [row] = mayLocks ? await ask(locksQuery) : [];
  const locks = parseLocks(row?.[0]);
  const transaction: OpenTransaction = {
    since: ageMs === null ? null : now - ageMs,
    locks,
    locksMore: Math.max(0, (numberOf(row?.[1]) ?? 0) - (locks?.length ?? 0)),
    blocks: numberOf(row?.[2]),
    at: now,
  };
  return { transaction, limit, pid: rights?.[4] ?? null };
}

/** To be asked on another session, with `pg_catalog` alone as its search path. */
export const blocksQuery = `
select count(distinct l.pid) from pg_locks as l
 where not l.granted and $1::int4 = any (pg_blocking_pids(l.pid))`;

interface Timeout {
  readonly ms: number;
  /** The client has set it itself, on this session. */
  readonly isOwn: boolean;
}

/**
 * What the server would end the session by while nothing runs. Its statement_timeout does not run meanwhile; but a
 * client that has set one for itself has said how long it wants to wait for an answer.
 */
function limitsOf(
  timeouts: ReadonlyMap<string, Timeout>,
  { status, isOpen, ageMs }: { status: Stood["status"]; isOpen: boolean; ageMs: number | null },
): readonly WaitLimit[] {
  const limit = (name: string, pastMs: number): readonly WaitLimit[] => {
    const timeout = timeouts.get(name);
    if (timeout === undefined) return [];
    const leftMs = timeout.ms - pastMs;
    const ms = Math.max(0, leftMs / 2, leftMs - beforeTimeoutMs);
    return [{ ms, by: `The session's ${name}` }];
  };
  const statement = timeouts.get("statement_timeout");
  return [
    ...(statement?.isOwn === true
      ? [{ ms: statement.ms, by: "The session's statement_timeout" }]
      : []),
    ...(status === "transaction" ? limit("idle_in_transaction_session_timeout", 0) : []),
    ...(status === "idle" && !isOpen ? limit("idle_session_timeout", 0) : []),
    ...(isOpen ? limit("transaction_timeout", ageMs ?? 0) : []),
  ];
}

function leastOf(limits: readonly WaitLimit[]): WaitLimit | null {
  const [first, ...others] = limits;
  if (first === undefined) return null;
  return others.reduce((least, each) => (each.ms < least.ms ? each : least), first);
}

function parseTimeouts(rows: readonly (readonly (string | null)[])[]): Map<string, Timeout> {
  return new Map(
    rows.flatMap(([name, setting, source]) => {
      const ms = numberOf(setting);
      if (typeof name !== "string" || ms === null || ms === 0) return [];
      return [[name, { ms, isOwn: source === "session" }] as const];
    }),
  );
}

function parseLocks(json: string | null | undefined): readonly HeldLock[] | null {
  if (json === undefined) return null;
  const rows: unknown = JSON.parse(json ?? "[]");
  if (!Array.isArray(rows)) return null;
  return rows.map((row: unknown) => {
    const [on, mode] = Array.isArray(row) ? row : [];
    return { on: String(on), mode: String(mode) };
  });
}

function numberOf(text: string | null | undefined): number | null {
  if (text === null || text === undefined || text === "") return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

const rightsQuery = `
select pg_catalog.has_table_privilege('pg_catalog.pg_settings', 'select'),
       pg_catalog.has_table_privilege('pg_catalog.pg_locks', 'select')
         and pg_catalog.has_table_privilege('pg_catalog.pg_class', 'select')
         and pg_catalog.has_table_privilege('pg_catalog.pg_namespace', 'select')
         and pg_catalog.has_function_privilege('pg_catalog.pg_blocking_pids(int4)', 'execute'),
       pg_catalog.txid_current_if_assigned() is not null,
       pg_catalog.round((1000 operator(pg_catalog.*) pg_catalog.date_part('epoch',
         pg_catalog.clock_timestamp() operator(pg_catalog.-) pg_catalog.transaction_timestamp()))::pg_catalog.numeric),
       pg_catalog.pg_backend_pid()`;

const timeoutsQuery = `
select s.name, s.setting, s.source
  from pg_catalog.pg_settings as s
 where s.name operator(pg_catalog.=) any (array[
         'statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout'])`;

/**
 * For each relation the strongest; the gateway's own looks lock the system's catalogues, and indexes go with their
 * tables.
 */
const locksQuery = `
with held (target, mode, strength) as (
  select case when c.oid is null then pg_catalog.format('%s lock', l.locktype)
              else pg_catalog.format('%I.%I', n.nspname, c.relname) end,
         l.mode,
         pg_catalog.array_position(array['AccessShareLock', 'RowShareLock', 'RowExclusiveLock',
           'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
           'AccessExclusiveLock'], l.mode)
    from pg_catalog.pg_locks as l
    left join pg_catalog.pg_class as c on l.locktype operator(pg_catalog.=) 'relation'
     and c.oid operator(pg_catalog.=) l.relation
    left join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
   where l.pid operator(pg_catalog.=) pg_catalog.pg_backend_pid() and l.granted
     and (l.locktype operator(pg_catalog.=) 'advisory'
       or (c.relkind operator(pg_catalog.<>) all ('{i,I,t}')
           and n.nspname operator(pg_catalog.<>) all ('{pg_catalog,information_schema,pg_toast}')))
), strongest as (
  select distinct on (h.target) h.target, h.mode, h.strength
    from held as h order by h.target, h.strength desc
), named as (
  select s.target, s.mode from strongest as s order by s.strength desc, s.target limit ${locksNamedMax}
)
select (select pg_catalog.json_agg(pg_catalog.json_build_array(d.target, d.mode)) from named as d),
       (select pg_catalog.count(*) from strongest),
       (select pg_catalog.count(distinct w.pid) from pg_catalog.pg_locks as w
         where not w.granted
           and pg_catalog.pg_backend_pid() operator(pg_catalog.=) any (pg_catalog.pg_blocking_pids(w.pid)))`;
