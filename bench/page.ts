/** The page of what was measured: `docs/reference/performance.md`. */
import { cpus, totalmem } from "node:os";
import { bouncerVersion } from "./bouncer.ts";
import { pgbenchVersion } from "./pgbench.ts";
import { rounds, type StatementRows, seconds } from "./statements.ts";
import { warmUpSecondsMax } from "./warm-up.ts";

export interface Measured {
  readonly rows: StatementRows;
  readonly idleBytes: number;
  readonly listeningMs: number;
  readonly encryption: readonly string[];
  readonly tools: readonly string[];
  readonly records: readonly string[];
  readonly flood: readonly string[];
  readonly history: readonly string[];
  readonly crowd: readonly string[];
}

export function presentPage(measured: Measured): string {
  const { rows, idleBytes, listeningMs } = measured;
  const table =
    "| case | path | rate | of direct | of PgBouncer | of the relay | budget, of direct | budget, of the relay | CPU µs | added p50 µs | added p99 µs |\n" +
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";
  return `# Performance

Measured by \`npm run bench\` on ${machine()}, all on loopback: load generator, gateway and database
share the machine, so a ratio is a floor. All paths are warm, which takes Node some seconds of load: before the first case
of a protocol or of a tool server each of them runs until two seconds in a row are no faster than those before, for ${warmUpSecondsMax} s at most. Then they take
turns, ${seconds} s each in ${rounds} rounds after one that is not counted; medians of the rounds, ratios round by round. Nothing else was running;
absolute figures still vary by a factor of two from run to run and machine to machine.

Statements are sent by ${loader(rows)}. PgBouncer: ${bouncerVersion() ?? "not installed"}.
The relay copies bytes from one socket to another, in Node, and reads nothing of them (\`bench/relay.ts\`): what the platform itself costs.
PgBouncer and it are held to the budgets of the gateway, so that what can be had at all on this machine shows; what follows from that is in
\`docs/decisions/0039-the-floors-of-throughput.md\`.
CPU is what the process in between uses for each statement, all of its threads together; of direct, the latency itself
stands in parentheses.

## Statements

${table}
${rows.statements.join("\n")}

## Bulk

One client, whole answers; the rate is that of the bytes that arrive.

${table}
${rows.bulk.join("\n")}

## The gateway itself

| what | measured | budget |
| --- | --- | --- |
| from start to listening, database aside | ${listeningMs.toFixed(0)} ms | 1000 ms |
| idle memory of the gateway | ${mebibytes(idleBytes)} | 180 MB |

## TLS

Between client and gateway, which forgets its records here; a session is open when its first statement may come, which is after
the gateway has opened its own with the database and read what decisions need.

| client | session open, p50 ms | p99 ms | trivial selects/s, 1 client |
| --- | --- | --- | --- |
${measured.encryption.join("\n")}

## Tools

A call of a tool that echoes 150 bytes. The typical server is made with the protocol's own kit, and does nothing but echo, so that one which does any work
gives a better share (\`bench/mcp/kit-server.ts\`). The bare server is of nothing but Node and the worst case for whatever stands in between; no server
in use is like it (\`bench/mcp/echo-server.ts\`). The relay copies bytes between two sockets, or pipes, and reads nothing of them: what it takes, anything in Node
takes that stands in between (\`bench/relay.ts\`). The proxy is a client and a server of the kit with nothing between them (\`bench/mcp/sdk-proxy.ts\`).
Each row has its own budget: half of the calls of the direct connection, or 50 µs more than it where one client calls over HTTP.

Where the server is a program, it is the client that starts it, directly and through relay and proxy; the gateway starts it itself and is asked over HTTP,
so that its share holds the difference between a pipe and HTTP too.

| case | path | calls/s | of direct | of a relay | budget | CPU µs | added p50 µs |
| --- | --- | --- | --- | --- | --- | --- | --- |
${measured.tools.join("\n")}

## Records

What a durable record costs, through the journal and as it would be by the store's thread alone, in turns; each writer waits for its
record before the next. "In the log" counts until the last one stands in the tree. Budget: 100,000 records/s at 64 writers, the event loop
busy for less than 0.3.

| writers | record made durable | acknowledged/s | in the log/s | p50 µs | p99 µs | processor µs, this thread | processor µs, all | event loop busy |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${measured.records.join("\n")}

Beside one agent that keeps three records of 15 MB on their way, in milliseconds: one commit of that size may be in front of a verdict.

| beside | another agent's record, p50 | p99 | at most | a verdict, p50 | p99 | at most |
| --- | --- | --- | --- | --- | --- | --- |
${measured.flood.join("\n")}

## The history

A search through a log of 200,000 decisions, in milliseconds.

| what | p50 | p99 |
| --- | --- | --- |
${measured.history.join("\n")}

A call of the store looks at a bounded number of records, and only one search at a time makes calls; so a commit waits
for one call at most. Denied, held and activation records have indexes of their own, into which no other record goes.

## Five hundred that wait

Real sessions of ten agents, each held on an update of its own, and later fifty event streams of five people; in
milliseconds. A stream tells of changes at most ten times a second, which is what the last row waits for.

| what | p50 | p99 |
| --- | --- | --- |
${measured.crowd.join("\n")}

${whereTheTimeGoes}`;
}

const whereTheTimeGoes = `## Where the time goes

- Most of it goes into system calls. A statement crosses the gateway in two reads and two writes, however many messages it
  has, and each write also pays for what the kernel does to deliver it and to wake the other side. A relay in Node
  that only copies bytes needs 16 to 21 µs of the processor for a trivial select here with 8 and 32 clients, PgBouncer 14 to 18.
- Inspection adds some 9 µs to that in the simple protocol and 10 to 11 in the others, measured without sockets: 2 to make the
  record and its digest (SHA-256 is a quarter of them), 2 for messages and their order both ways, less than 1 for facts and
  decision, which come from their caches; the rest is spread thinly over the objects of the statement and the promises of its
  record and its outcome. A statement whose decision is known goes upstream in the turn in which it came.
- With one client everything in between costs two to three times as much: whenever one side waits, its core sleeps, and whoever writes
  pays for waking it, which on a virtual machine is a call of the hypervisor. Where something of the lowest priority keeps the cores awake,
  a gateway that sleeps falls from 76 to 38 µs and PgBouncer from 38 to 17. So the gateway stays awake for up to 200 µs where one client alone
  is served and an answer comes soon most often (\`docs/decisions/0042-busy-polling.md\`): its CPU with one client is in part such waiting.
- What is made for a statement lives no longer than it. In a young generation of 4 MiB (\`npm start\`) it stays in the cache of the
  processor, and the thread collects it by itself, without waking others: a prepared statement costs 13 to 20 % less so, without sockets.
- A proven read is sent before its record is made, so that this overlaps with the database's own work.
- Where the ratio is lower than the share of the processor says, the cores are what is short: database, load generator
  and gateway take turns on them, and a direct connection needs only two of the three.
- With the durable record a trivial select waits for one write through to the disk, into the journal, and for the two wake-ups
  between threads that go with it; the record of its outcome rides along with the next one. That write takes some 30 µs
  of the kernel's time, past its cache, where it took 45 through it, and the wake-ups 20, whatever is written: many clients share them, one client has them for itself. A decision
  costs this thread 2 µs to spell, its outcome half of one, and their frame one call of the cipher and two hashes.
- The log itself takes what one core seals and writes: some 12 µs for each record in large commits, of which more than half are SQLite with
  its write-ahead log and the move into the database, a fifth the hashes of leaf, commitment, ciphertext and tree, little the encryption, as a
  commit's payloads are encrypted together. A commit adds half a millisecond, so what is in the journal waits up to 100 ms for company. No caller
  waits for any of that unless 2 MiB are behind.
- What is left of long tails is the disk's: a flush of the log, or of what is moved into the database, in front of a write to the journal.
- A call of a tool over HTTP crosses it in two reads and two writes too. Of some 66 µs that it costs without its record at 16 clients, 21 are the kernel's,
  9 Node's HTTP server with the body and the answer, 5 the gateway's own framing to the tool server, 8 reading the message strictly and spelling it as the action, 5 the
  record and its digest, 3 the decision with its labels, 4 sign-in and session, 8 collecting what was made for it; the rest is spread over the promises between these.
- In bulk the gateway looks at the headers of rows alone, and passes on what it read, up to 256 KiB at a time, without copying it,
  from memory that is used again as soon as the client has taken it. Data of a COPY FROM goes on in one write for each read, and what
  it came in is let go as soon as the database has it: so 20 MB cost 24 to 28 ms of the processor, 11 of them SHA-256 over the
  data, where PgBouncer needs 19.
- Where rules mask, rows are read cell by cell: some 0.2 µs for a row in which a column is replaced whole. What recognizers look at costs
  some 4 ns for each byte of text, so that one core is what bounds an answer that is all text.
- From the second start on Node strips no types and compiles less (\`server/src/start.ts\`): half of the time until the gateway listens, and
  some 20 MiB in its two threads. The first start has neither.
- The next steps: several gateways over one store, and by the same means several threads of one (\`docs/decisions/0028-one-thread-for-the-data-path.md\`), and, where there are more than two cores, a second thread that
  seals before the one that commits, which would leave some 7 µs for each record to the slower of the two.

Not measured: a database on another machine.
`;

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown";
  return `${cpus().length} cores (${model}), ${mebibytes(totalmem())}, ${process.platform}, Node ${process.versions.node}`;
}

function loader({ loaderCheck }: StatementRows): string {
  const pgbench = pgbenchVersion();
  return pgbench === null
    ? "a loader of our own, because pgbench is not installed"
    : `${pgbench}, and bulk is read by a loader of our own, which sends ${loaderCheck ?? "?"} of what pgbench does where both are measured`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
