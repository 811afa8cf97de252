/**
 * A tool server on standard input and output, written down to its lines, which does wrong whatever it is told to.
 *
 *   node line-server.ts sessions | stateless | both | silent | fragile
 *
 * `sessions` knows 2025-11-25 alone, `stateless` 2026-07-28 alone; `silent` answers nothing that it does not know, and
 * `fragile` ends on it.
 */
import { createInterface } from "node:readline";

type Id = string | number;
type Params = {
  readonly name?: string;
  readonly arguments?: { readonly count?: number; readonly as?: string };
  readonly requestId?: Id;
  readonly _meta?: Readonly<Record<string, unknown>>;
};

const [, , mode = "both"] = process.argv;
const cancelled: Id[] = [];
/** What waits for the client's answer to a request of ours. */
const asked = new Map<string, (answer: unknown) => void>();

for await (const line of createInterface({ input: process.stdin })) take(line);

function take(line: string): void {
  const message = JSON.parse(line) as { id?: Id; method?: string; params?: Params };
  const { id, method, params = {} } = message;
  if (method === undefined) asked.get(String(id))?.(message);
  else if (method === "notifications/cancelled") cancelled.push(params.requestId ?? "");
  else if (id !== undefined) answerTo(id, method, params, line);
}

function answerTo(id: Id, method: string, params: Params, line: string): void {
  switch (method) {
    case "server/discover":
      if (mode === "stateless" || mode === "both") {
        result(id, { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: {} });
      } else unknown(id);
      return;
    case "initialize":
      if (mode === "stateless") {
        const data = { supported: ["2026-07-28"], requested: "2025-11-25" };
        say({ jsonrpc: "2.0", id, error: { code: -32_022, message: "Unsupported", data } });
        return;
      }
      return result(id, { protocolVersion: "2025-11-25", capabilities: { tools: {} } });
    case "subscriptions/listen":
      return listen(id, params);
    case "tools/call":
      return call(id, params, line);
    default:
      unknown(id);
  }
}

function call(id: Id, params: Params, line: string): void {
  const token = params._meta?.["progressToken"];
  const count = params.arguments?.count ?? 1;
  switch (params.name) {
    case "echo":
      return result(id, { line });
    case "pid":
      return result(id, { pid: process.pid, environment: process.env });
    case "progress":
      for (let progress = 1; progress <= count; progress += 1) {
        note("notifications/progress", { progressToken: token, progress });
      }
      return result(id, { done: true });
    case "other_progress":
      note("notifications/progress", { progressToken: 4_711, progress: 1 });
      return result(id, { done: true });
    case "log":
      note("notifications/message", { level: "info", data: "while it ran" });
      return result(id, { done: true });
    case "late_log":
      result(id, { done: true });
      return note("notifications/message", { level: "info", data: "by itself" });
    case "crash":
      process.exit(3);
      break;
    case "never":
      return;
    case "cancelled":
      return result(id, { cancelled });
    case "twice":
      result(id, { first: true });
      return result(id, { first: false });
    case "other_id":
      result(Number(id) + 1_000, { mine: false });
      return result(id, { mine: true });
    case "junk":
      process.stdout.write("Server listening on stdio\n{\n[]\n\n");
      process.stdout.write(Buffer.from('{"jsonrpc":"2.0","id":1,"result":"\xff"}\n', "latin1"));
      process.stdout.write(`{"jsonrpc":"2.0","id":${id},"id":${id},"result":{"twice":true}}\n`);
      process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{}} and more\n`);
      return result(id, { good: true });
    case "flood":
      for (let n = 0; n < count; n += 1) note("notifications/message", { level: "info", data: n });
      return result(id, { done: true });
    case "errors":
      process.stderr.write(
        `password is ${process.env["WORD"] ?? "hunter2"}, line ${"x".repeat(20)} for ada@example.com\n`.repeat(
          count,
        ),
      );
      return result(id, { done: true });
    case "huge":
      return result(id, { text: "x".repeat(count) });
    case "ask":
      return ask(id, params.arguments?.as ?? "server-1");
    default:
      unknown(id);
  }
}

function ask(id: Id, as: string): void {
  say({ jsonrpc: "2.0", id: as, method: "elicitation/create", params: { message: "Which?" } });
  asked.set(as, (answer) => result(id, { answer }));
}

function listen(id: Id, params: Params): void {
  const meta = { "io.modelcontextprotocol/subscriptionId": id };
  note("notifications/subscriptions/acknowledged", { _meta: meta, notifications: {} });
  note("notifications/tools/list_changed", { _meta: meta });
  if (params._meta?.["end"] === "result") result(id, { resultType: "complete", _meta: meta });
  if (params._meta?.["end"] === "cancelled") note("notifications/cancelled", { requestId: id });
}

function unknown(id: Id): void {
  if (mode === "silent") return;
  if (mode === "fragile") process.exit(4);
  say({ jsonrpc: "2.0", id, error: { code: -32_601, message: "Method not found" } });
}

function result(id: Id, value: object): void {
  say({ jsonrpc: "2.0", id, result: value });
}

function note(method: string, params: object): void {
  say({ jsonrpc: "2.0", method, params });
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
