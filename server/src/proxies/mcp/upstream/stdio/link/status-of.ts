/** The status that an answer has over HTTP (MCP 2026-07-28, streamable HTTP). */
import { type AnswerLine, memberAt } from "./rpc-line.ts";

export function statusOf(line: AnswerLine): number {
  if (!line.outcome.isError) return 200;
  return statuses.get(memberAt(line, line.outcome, ["code"])?.text ?? "") ?? 200;
}

const statuses: ReadonlyMap<string, number> = new Map([
  ["-32601", 404],
  ["-32020", 400],
  ["-32021", 400],
  ["-32022", 400],
]);
