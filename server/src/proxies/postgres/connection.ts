/** One configured connection to a PostgreSQL upstream, and what its sessions share. */
import type { Action, PostgresResource } from "#/core/action.ts";
import { readColumnMark } from "#/core/column-mark.ts";
import type { PreviewMode } from "#/core/effect.ts";
import { asGatewayError, causeText, GatewayError } from "#/core/errors.ts";
import { noFacts } from "#/core/facts.ts";
import type { EffectFound, TouchedFound } from "#/core/protocol.ts";
import type { SampleMode } from "#/core/sample.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { type HealthKeeper, keepHealth } from "#/enforcement/keep-health.ts";
import { recordOwn } from "#/enforcement/record-own.ts";
import { AgentProcesses } from "./agent-processes.ts";
import type { Ask } from "./ask.ts";
import {
  CatalogueChanges,
  type SharedCatalogue,
  shareCatalogue,
} from "./catalogue/shared-catalogue.ts";
import type { EffectQuestion } from "./effect/effect-question.ts";
import { findEffect } from "./effect/find-effect.ts";
import { asksOf } from "./effect/own-meaning.ts";
import { openOwnSession } from "./effect/own-session.ts";
import { createTurns } from "./effect/turns.ts";
import { tellAbsentColumns } from "./masked/origin/absent-columns.ts";
import { createKnownColumns } from "./masked/origin/known-columns.ts";
import type { ConnectionMasking } from "./masked/session-masks.ts";
import { type MaskedColumns, maskedColumns } from "./masked-use/masked-columns.ts";
import { type BlocksQuestion, findBlocks } from "./standing/blocks.ts";
import { ownAction } from "./to-action.ts";
import { findTouched, type TouchedQuestion } from "./touched/find-touched.ts";
import type { UpstreamAddress } from "./upstream/upstream.ts";
import { type UpstreamTlsSettings, upstreamTls } from "./wire/upstream-wire.ts";

export interface PostgresConnection {
  readonly resource: PostgresResource;
  readonly address: UpstreamAddress;
  /** Takes an upstream role with rights that no policy can contain (SEMANTICS §6). */
  readonly unsafe: boolean;
  readonly health: HealthKeeper;
  readonly shared: SharedCatalogue;
  /** The same object as long as they are the same; null where there are none. */
  readonly masked: () => MaskedColumns | null;
  readonly preview: PreviewMode;
  /** How many rows something that waits would touch, on a session of the gateway's own. */
  readonly findEffect: (question: EffectQuestion) => Promise<EffectFound | null>;
  /** Which columns a read that waits touches, likewise. */
  readonly findTouched: (question: Omit<TouchedQuestion, "marks">) => Promise<TouchedFound | null>;
  readonly processes: AgentProcesses;
  /** What the answers of its sessions are masked with. */
  readonly masking: ConnectionMasking;
  /** How many wait for what a session of it locks, likewise. */
  readonly findBlocks: (question: BlocksQuestion) => Promise<number | null>;
}

/** Looks at effects, each on a session of its own, on one connection. */
const previewsAtOnceMax = 2;
const previewsWaitingMax = 50;

/** Whether sessions can be had that may be used, on record before. Rejects with the reason. */
async function probe(
  { resource, address, unsafe }: Pick<PostgresConnection, "resource" | "address" | "unsafe">,
  enforcement: EnforcementDeps,
): Promise<void> {
  const { clock } = enforcement;
  await recordOwn(probing(resource, clock.now()), enforcement);
  const late = new AbortController();
  const stopClock = clock.after(probeMs, () => late.abort());
  try {
    const session = await openOwnSession(address, late.signal);
    await checkRole({ address, unsafe }, asksOf(session)).finally(session.close);
  } finally {
    stopClock();
  }
}

/** Columns in one line of the log. */
const absentLoggedMax = 20;

/** For one test of a connection. */
const probeMs = 15_000;

/** What the configuration says of one. */
export interface ConfiguredConnection {
  readonly name: string;
  readonly environment: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unsafe: boolean;
  readonly preview: PreviewMode;
  /** Columns to point out, in the form of `columnMarkForm`. */
  readonly sensitive: readonly string[];
  readonly sample: SampleMode;
  readonly upstream: Pick<UpstreamAddress, "host" | "port" | "database" | "user" | "password"> & {
    readonly tls: UpstreamTlsSettings;
  };
}

/** Throws `tls.invalid_certificate`. */
export function postgresConnections(
  configured: readonly ConfiguredConnection[],
  enforcement: EnforcementDeps,
  masking: Omit<ConnectionMasking, "columns">,
): ReadonlyMap<string, PostgresConnection> {
  const { clock } = enforcement;
  // Connections may lead to the same database.
  const changes = new Map<string, CatalogueChanges>();
  const changesOf = (database: string) => {
    const known = changes.get(database) ?? new CatalogueChanges();
    changes.set(database, known);
    return known;
  };
  return new Map(
    configured.map(
      ({ name, environment, labels, unsafe, preview, sample, sensitive, upstream }) => {
        const { host, port, database, user } = upstream;
        const endpoint = `${host}:${port}`;
        const kind = "postgres";
        const resource = {
          connection: name,
          kind,
          environment,
          labels,
          endpoint,
          database,
          role: user,
        } as const;
        const onRead = () => recordOwn(lookUp(resource, clock.now()), enforcement);
        const tls = upstreamTls(upstream.tls, host);
        const health = keepHealth({
          clock,
          probe: () => probe({ resource, address, unsafe }, enforcement),
          onFailed: (failure) => {
            const { code, message: reason } = failure;
            const cause = causeText(failure);
            enforcement.log.warn("connection.failed", { connection: name, code, reason, cause });
          },
        });
        const address: UpstreamAddress = {
          ...upstream,
          tls,
          keyCache: new Map(),
          known: { minor: 2 },
          health,
        };
        const turns = createTurns({ atOnceMax: previewsAtOnceMax, waitingMax: previewsWaitingMax });
        const marks = sensitive.map(readColumnMark);
        const { finder } = masking;
        const masked = maskedColumns(() => enforcement.maskedColumns(resource), marks);
        const source = { address, turns, enforcement, marks, sample, finder };
        const onMaskedRead = () => recordOwn(maskedLook(resource, clock.now()), enforcement);
        const columns = createKnownColumns({
          address,
          clock,
          onRead: onMaskedRead,
          onFailed: (error) => {
            const failure = asGatewayError(error, "The masked columns could not be read.");
            const { code } = failure;
            const cause = causeText(failure);
            enforcement.log.warn("masked_columns.unread", { connection: name, code, cause });
          },
          onKnown: tellAbsentColumns((absent) => {
            const shown = absent.slice(0, absentLoggedMax);
            const more = absent.length - shown.length;
            enforcement.log.warn("masked_columns.absent", {
              connection: name,
              columns: shown.join(", "),
              more,
            });
          }),
        });
        const connection: PostgresConnection = {
          resource,
          address,
          unsafe,
          health,
          shared: shareCatalogue({
            clock,
            changes: changesOf(`${endpoint}/${database}`),
            columnsAs: () => (masked() === null ? null : user),
            onRead,
            onChanged: () => columns.forget(),
          }),
          masked,
          processes: new AgentProcesses(),
          preview,
          masking: { ...masking, columns },
          findEffect: (question) => findEffect(question, source),
          findTouched: (question) => findTouched({ ...question, marks }, source),
          findBlocks: (question) => findBlocks(question, resource, source),
        };
        return [name, connection];
      },
    ),
  );
}

/** The gateway's own reading of the catalogue, as the principal that it then is. */
function lookUp(resource: PostgresResource, now: number): Action {
  return ownLook(resource, "read_catalogue", "read the catalogue", now);
}

function maskedLook(resource: PostgresResource, now: number): Action {
  return ownLook(resource, "read_masked_columns", "read where masked columns lie", now);
}

function probing(resource: PostgresResource, now: number): Action {
  return ownLook(resource, "test_connection", "open a session and close it", now);
}

/** `kind` is none of SQL's: it tells people what it was. */
function ownLook(resource: PostgresResource, kind: string, command: string, now: number): Action {
  const facts = { ...noFacts, kinds: [kind] };
  return ownAction({ resource, command, parameters: [], verbs: ["sql.read"], facts }, now);
}

/**
 * Superusers and their like can step around every rule: refused unless the configuration says `unsafe`. Tells what the server calls the
 * process that was asked.
 */
export async function checkRole(
  { unsafe, address }: Pick<PostgresConnection, "unsafe" | "address">,
  ask: Ask,
): Promise<string | null> {
  const [row] = await ask(unsafeRoleQuery);
  if (unsafe || row?.[0] === "f") return row?.[1] ?? null;
  const failure = new GatewayError(
    "upstream.unsafe_role",
    "The upstream role is a superuser, bypasses row security or may use the server's files and programs. " +
      "Use another role, or set `unsafe: true` on the connection.",
  );
  address.health?.failed(failure);
  throw failure;
}

const unsafeRoleQuery = `
select r.rolsuper or r.rolbypassrls or r.rolreplication or exists (
         select from pg_catalog.pg_roles as g
          where g.rolname operator(pg_catalog.=) any
                ('{pg_read_server_files,pg_write_server_files,pg_execute_server_program}')
            and pg_catalog.pg_has_role(r.oid, g.oid, 'member')),
       pg_catalog.pg_backend_pid()
  from pg_catalog.pg_roles as r
 where r.rolname operator(pg_catalog.=) current_user`;
