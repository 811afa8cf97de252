/** What is measured of the way of a statement. A new case is a line here. */

import { frontend, headerBytes } from "../server/src/proxies/postgres/wire/codec.ts";

/** Who is measured; all of them take turns with every case that they are part of. */
export type SubjectName =
  | "direct"
  | "bouncer"
  | "relay"
  | "volatile"
  | "encrypted"
  | "starter"
  | "masked"
  | "durable";

/** How a statement is sent: in one message, in several with its text each time, or with its text sent once. */
export type Protocol = "simple" | "extended" | "prepared";

export interface StatementCase {
  readonly name: string;
  readonly sql: string;
  readonly protocol: Protocol;
  readonly clients: number;
  /** The least share of the direct rate; absent where DESIGN names none. */
  readonly budgets: Partial<Record<SubjectName, number>>;
  /** The least share of the relay's rate (`docs/decisions/0039-the-floors-of-throughput.md`). */
  readonly relayBudget: number | null;
  readonly subjects: readonly SubjectName[];
  /** What its COPY FROM STDIN loads, as the messages that carry it. */
  readonly data?: Buffer;
}

const copyMessageBytes = 8192;

/** The one that `policies/unmasked/statements.cedar` lets be loaded into. */
export const loadedTable = "bench_loaded";

/** Those that `policies/masked/masked.cedar` speaks of: by a column, and by what is found in texts, a tenth of which hold an address. */
export const maskedTables = {
  bench_masked: "select n, 'code-' || n as code from generate_series(1, 500000) as n",
  bench_texts: `
    select n, 'please deliver order ' || n || ' to the back door and call ' ||
              case n % 10 when 0 then 'ada' || n || '@example.com' else 'before noon' end ||
              ', it was late again and the customer asks for a refund' as note
      from generate_series(1, 100000) as n`,
};

const trivial = "select 1";
const some = "select count(*) from generate_series(1, 20000)";
const narrow = "select n, n * 2 from generate_series(1, 500000) as n";
const wide = "select n, repeat('x', 1000) from generate_series(1, 100000) as n";

/** What is parsed and not kept, so that the table stays as it is. */
const loading = `copy ${loadedTable} from stdin where n < 0`;

const plain: readonly SubjectName[] = ["direct", "bouncer", "relay", "volatile", "durable"];
const withTls: readonly SubjectName[] = [...plain, "encrypted"];
const withMasks: readonly SubjectName[] = ["direct", "volatile", "masked"];
/** What is asked of the gateway is held to those beside it too, so that it shows what can be had here. */
const others = (share: number) => ({ bouncer: share, relay: share });
const quick = { ...others(0.6), volatile: 0.6, durable: 0.4 };
const crowded = { ...others(0.6), volatile: 0.6, durable: 0.5 };
const slow = { ...others(0.97), volatile: 0.97, durable: 0.97, masked: 0.9 };

export const statementCases: readonly StatementCase[] = [
  ...trivialCases("simple", [...withTls, "starter"]),
  ...trivialCases("extended", plain),
  ...trivialCases("prepared", plain),
  of("query of some 2 ms, 1 client", some, "simple", 1, slow, plain),
  of("query of some 2 ms, 8 clients", some, "simple", 8, slow, plain),
];

/** Measured by whole answers, and shown as bytes a second. */
export const bulkCases: readonly StatementCase[] = [
  of("500,000 narrow rows", narrow, "simple", 1, slow, withTls),
  of("100,000 rows of 1 kB", wide, "simple", 1, slow, withTls),
  of("the narrow rows by COPY TO", `copy (${narrow}) to stdout`, "simple", 1, slow, plain),
  of(
    "500,000 rows, a column masked",
    "select n, code from bench_masked",
    "simple",
    1,
    slow,
    withMasks,
  ),
  of("100,000 texts looked at", "select n, note from bench_texts", "simple", 1, slow, withMasks),
  {
    ...of("20,000 rows of 1 kB by COPY FROM", loading, "simple", 1, slow, withTls),
    data: copyMessages(`1\t${"x".repeat(1000)}\n`.repeat(20_000)),
  },
];

function trivialCases(protocol: Protocol, subjects: readonly SubjectName[]): StatementCase[] {
  return [
    {
      ...of(`trivial select, ${protocol}, 1 client`, trivial, protocol, 1, quick, subjects),
      relayBudget: 0.8,
    },
    {
      ...of(`trivial select, ${protocol}, 8 clients`, trivial, protocol, 8, {}, subjects),
      relayBudget: 0.6,
    },
    {
      ...of(`trivial select, ${protocol}, 32 clients`, trivial, protocol, 32, crowded, subjects),
      relayBudget: 0.6,
    },
  ];
}

function of(
  name: string,
  sql: string,
  protocol: Protocol,
  clients: number,
  budgets: StatementCase["budgets"],
  subjects: readonly SubjectName[],
): StatementCase {
  return { name, sql, protocol, clients, budgets, relayBudget: null, subjects };
}

/** Cut as libpq cuts it. */
function copyMessages(text: string): Buffer {
  const bytes = Buffer.from(text);
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += copyMessageBytes) {
    const data = bytes.subarray(at, at + copyMessageBytes);
    messages.push(messageOf(frontend.copyData, data));
  }
  return Buffer.concat([...messages, messageOf(frontend.copyDone, Buffer.alloc(0))]);
}

function messageOf(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header[0] = type;
  header.writeInt32BE(payload.length + 4, 1);
  return Buffer.concat([header, payload]);
}
