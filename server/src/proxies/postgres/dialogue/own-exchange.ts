/**
 * A statement of the gateway's own between the client's messages, by the extended protocol: under a name of its own, which
 * is closed behind it, and with a Sync only where no message of the client's waits for one.
 */
import { GatewayError } from "#/core/errors.ts";
import type { AskedRow } from "#/proxies/postgres/ask.ts";
import { reservedPrefix } from "#/proxies/postgres/names.ts";
import type { Answer, AnswerKind, Expected } from "#/proxies/postgres/reply/expected.ts";
import {
  encodeBind,
  encodeClose,
  encodeExecute,
  encodeParse,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import type { SentOwn } from "./sent.ts";

/** A dialogue, as far as its own statements need it. */
export interface OwnLine {
  /** Messages of the extended protocol were sent, and no Sync after them. */
  readonly inPipeline: boolean;
  sendOwn(kind: AnswerKind, bytes: Buffer, sent?: SentOwn): void;
  flush(): void;
}

export interface OwnStatement {
  readonly sql: string;
  readonly parameters: readonly string[];
  /** Tells it from the session's others. */
  readonly number: number;
}

export function exchange(
  line: OwnLine,
  { sql, parameters, number }: OwnStatement,
  hidden: Pick<Expected, "onRow" | "onAnswer" | "onSkipped" | "onLost"> & SentOwn,
): void {
  const name = `${reservedPrefix}_${number}`;
  const bind = encodeBind({
    portal: name,
    statement: name,
    parameterFormats: [],
    parameters: parameters.map((value) => Buffer.from(value, "utf8")),
    resultFormats: [],
  });
  const parse = encodeParse({ name, sql, parameterTypes: [] });
  const { inPipeline } = line;
  const { errorInstead = null, onSkipped, onLost } = hidden;
  const failing = { errorInstead, onSkipped, onLost, onAnswer: onError(hidden.onAnswer) };
  line.sendOwn("parse", parse, failing);
  line.sendOwn("bind", bind, failing);
  line.sendOwn("execute", encodeExecute(name), hidden);
  line.sendOwn("close", encodeClose("portal", name));
  line.sendOwn("close", encodeClose("statement", name));
  if (inPipeline) line.flush();
  else line.sendOwn("sync", syncFrame);
}

/** Its rows. Rejects with `upstream.unreachable` if the question can't be asked or fails. */
export async function rowsOf(line: OwnLine, statement: OwnStatement): Promise<readonly AskedRow[]> {
  const rows: AskedRow[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (cause: Error) => reject(unreachable(cause));
  exchange(line, statement, {
    onRow: (values) => rows.push(values.map((value) => value?.toString("utf8") ?? null)),
    onAnswer: ({ error }) => (error === null ? resolve() : fail(new Error(sqlstate(error)))),
    onSkipped: () => fail(new Error("an earlier message failed")),
    onLost: fail,
  });
  await promise;
  return rows;
}

/** Parse and Bind matter to a question only where they fail. */
function onError(onAnswer: (answer: Answer) => void): (answer: Answer) => void {
  return (answer) => {
    if (answer.error !== null) onAnswer(answer);
  };
}

const cancelled = "57014";

/** Whether a question of the gateway's own was stopped, by a timeout that the client has set for its statements or a cancel request. */
export function wasCancelled({ cause }: GatewayError): boolean {
  return cause instanceof Error && cause.message === sqlstate(cancelled);
}

function sqlstate(code: string): string {
  return `SQLSTATE ${code}`;
}

export function unreachable(cause: Error): GatewayError {
  return new GatewayError(
    "upstream.unreachable",
    "The connection to the upstream database was lost.",
    {
      cause,
    },
  );
}
