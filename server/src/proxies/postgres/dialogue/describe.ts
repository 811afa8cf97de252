/** What the upstream makes of a statement: the types of its parameters and its columns. Nothing runs. */
import { GatewayError } from "#/core/errors.ts";
import { reservedPrefix } from "#/proxies/postgres/names.ts";
import type {
  BackendMessage,
  ColumnDescription,
} from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeClose,
  encodeDescribe,
  encodeParse,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import type { Dialogue } from "./dialogue.ts";

export type Description =
  | {
      readonly kind: "described";
      readonly parameterTypes: readonly number[];
      /** Empty where it returns no rows. */
      readonly columns: readonly ColumnDescription[];
    }
  | { readonly kind: "failed"; readonly sqlstate: string };

/** Of a statement that the session has, by its name. Rejects where the upstream is lost. */
export function describePrepared(dialogue: Dialogue, name: string): Promise<Description> {
  return describe(dialogue, name, null);
}

/** Of a text that the session does not have. */
export function describeText(
  dialogue: Dialogue,
  sql: string,
  parameterTypes: readonly number[],
): Promise<Description> {
  return describe(dialogue, describedName, { sql, parameterTypes });
}

/** In failed transaction. */
const skippedState = "25P02";
const describedName = `${reservedPrefix}_described`;

async function describe(
  dialogue: Dialogue,
  name: string,
  text: { readonly sql: string; readonly parameterTypes: readonly number[] } | null,
): Promise<Description> {
  const { promise, resolve, reject } = Promise.withResolvers<Description>();
  let parameterTypes: readonly number[] = [];
  let columns: readonly ColumnDescription[] = [];
  const onDescribed = (message: BackendMessage) => {
    if (message.kind === "parameter_description") parameterTypes = message.typeOids;
    if (message.kind === "row_description") columns = message.columns;
  };
  const failed = (sqlstate: string) => resolve({ kind: "failed", sqlstate });
  const onLost = (cause: Error) =>
    reject(new GatewayError("upstream.unreachable", "The upstream was lost.", { cause }));
  const onSkipped = () => failed(skippedState);
  const { inPipeline } = dialogue;
  if (text !== null) {
    dialogue.sendOwn("parse", encodeParse({ name, ...text }), {
      onLost,
      onSkipped,
      onAnswer: ({ error }) => (error === null ? undefined : failed(error)),
    });
  }
  dialogue.sendOwn("describe", encodeDescribe("statement", name), {
    onLost,
    onDescribed,
    // Where its own Parse fails, that says why, and after this.
    ...(text === null ? { onSkipped } : {}),
    onAnswer: ({ error }) =>
      error === null ? resolve({ kind: "described", parameterTypes, columns }) : failed(error),
  });
  if (text !== null) dialogue.sendOwn("close", encodeClose("statement", name));
  if (inPipeline) dialogue.flush();
  else dialogue.endPipeline();
  return promise;
}
