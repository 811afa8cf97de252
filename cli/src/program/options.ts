/** What commands have in common: how they are added, the options that many take, and numbers as arguments. */
import { type Command, InvalidArgumentError } from "commander";
import { listedMax } from "../commands/log.ts";
import type { Context } from "../context.ts";
import type { ExitCode } from "../failure.ts";

export type Add = (
  program: Command,
  context: Context,
  finish: (work: Promise<ExitCode>) => Promise<void>,
) => void;

export function withJson(command: Command): Command {
  return command.option("--json", "print JSON, failures too");
}

export function withUrl(command: Command): Command {
  return command.option(
    "--url <url>",
    "of the gateway; default COUNTERSIGN_URL, a sign-in, or this machine's",
  );
}

/** As the API takes them. */
const rowsMax = 1_000_000_000;

export function indexOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is not an index.");
}

export function rowsOf(text: string): number {
  const count = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (count > 0 && count <= rowsMax) return count;
  throw new InvalidArgumentError(`It is not a number of rows from 1 to ${rowsMax}.`);
}

export function limitOf(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= listedMax) return limit;
  throw new InvalidArgumentError(`It is not a number from 1 to ${listedMax}.`);
}
