/** How a command fails: a stable code, a sentence, and the exit code that scripts branch on. */
import { ClientError } from "@countersign/sdk/client";
import { safeJson, visibleLines } from "@countersign/sdk/visible";
import type { Failure } from "@countersign/sdk/wire/problem";
import { CommanderError } from "commander";
import type { Terminal } from "./layout.ts";

export const exitCodes = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command's own failures; the gateway's have the codes of docs/reference/errors.md. */
export const cliErrors = {
  "cli.ambiguous_id": exitCodes.usage,
  "cli.digest_mismatch": exitCodes.refused,
  "cli.digest_required": exitCodes.usage,
  "cli.no_credential": exitCodes.refused,
  "cli.not_confirmed": exitCodes.refused,
  "cli.not_running": exitCodes.unreachable,
  "cli.proof_mixed": exitCodes.refused,
  "cli.several_gateways": exitCodes.usage,
  "cli.unexpected": exitCodes.refused,
  "cli.unknown_id": exitCodes.refused,
  "cli.unreadable_file": exitCodes.refused,
  "cli.unsafe_file": exitCodes.refused,
  "cli.unwritable_file": exitCodes.refused,
  "cli.usage": exitCodes.usage,
  "cli.version_mismatch": exitCodes.refused,
  "cli.view_changed": exitCodes.refused,
} as const satisfies Readonly<Record<string, ExitCode>>;

export type CliErrorCode = keyof typeof cliErrors;

export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Says why, as far as the system does; a reason of the command's own stands in its message. */
export function unreadableFile(file: string, error: unknown): CliError {
  const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
  const why =
    typeof code === "string" ? (unreadable[code] ?? `can't be read (${code})`) : "can't be read";
  return new CliError("cli.unreadable_file", `${file} ${why}.`, error);
}

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EISDIR: "is a folder, and a file is needed",
  EACCES: "can't be read: this user may not",
};

/** That a proof is none, for whatever reason: said first, so that nobody has to read on to know. */
export class NotProven extends Error {
  override readonly name = "NotProven";
}

/** Says what went wrong, where a person or a script looks for it, and returns the exit code. */
export function report(error: unknown, json: boolean, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError) {
    // Help and version were asked for, and commander has printed them; as it has what it can't parse.
    if (error.exitCode === 0) return exitCodes.done;
    const message = error.message.replace(/^error: /, "");
    if (json) terminal.out(failureText("cli.usage", message));
    return exitCodes.usage;
  }
  const { code, message, exit } = describe(error);
  if (json) terminal.out(failureText(code, message));
  else {
    const speaker = error instanceof NotProven ? "" : "countersign: ";
    terminal.err(safeText(`${speaker}${message} [${code}]`));
  }
  if (code === "cli.unexpected" && error instanceof Error)
    terminal.err(safeText(error.stack ?? ""));
  return exit;
}

interface Described {
  readonly code: string;
  readonly message: string;
  readonly exit: ExitCode;
}

function describe(error: unknown): Described {
  if (error instanceof NotProven) {
    const { code, message, exit } = describe(error.cause);
    return { code, message: `Not proven: ${message}`, exit };
  }
  if (error instanceof CliError) {
    return { code: error.code, message: error.message, exit: cliErrors[error.code] };
  }
  if (error instanceof ClientError) {
    const { code, message, status } = error;
    return { code, message, exit: status === 0 ? exitCodes.unreachable : exitCodes.refused };
  }
  // The server and tlog throw their own classes; both are closed unions of `domain.reason`.
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : null;
  if (error instanceof Error && typeof code === "string" && /^[a-z_]+\.[a-z_]+$/.test(code)) {
    return { code, message: error.message, exit: exitCodes.refused };
  }
  const message = `Something unexpected went wrong: ${error instanceof Error ? error.message : String(error)}`;
  return { code: "cli.unexpected", message, exit: cliErrors["cli.unexpected"] };
}

/** A line that the message breaks by itself never begins at the margin, where it could pass for one of ours. */
function safeText(text: string): string {
  return `${visibleLines(text).join("\n  ")}\n`;
}

function failureText(code: string, message: string): string {
  return `${safeJson({ error: { code, message } } satisfies Failure)}\n`;
}
