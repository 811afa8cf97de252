/** What is not to be held but refused, whatever the policy says, and what the client hears of it. */
import { notAlone } from "#/proxies/postgres/copy/copy-statement.ts";
import { reservedPrefix } from "#/proxies/postgres/names.ts";
import type { Classified, RefusedSyntax } from "#/proxies/postgres/sql/facts.ts";

export function whyNotCarried({ refused, statements }: Classified): string | null {
  if (refused !== null) return refusedSyntax[refused];
  if (statements.length > 1 && statements.some(({ kind }) => kind === "copy_in")) return notAlone;
  const isOurs = (name: string | null) => name !== null && name.startsWith(reservedPrefix);
  return statements.some(({ name, executes }) => isOurs(name) || isOurs(executes))
    ? `Names that begin with ${reservedPrefix} are the gateway's own.`
    : null;
}

/** What a refusal leaves of the transaction: a server that can't prepare one has ended it. */
export function leftBy({ refused }: Classified): "failed" | "ended" {
  return refused === "prepare_transaction" ? "ended" : "failed";
}

/** Whether it is a COPY FROM STDIN, whose data comes behind it. */
export function loadsData({ statements }: Classified): boolean {
  return statements.length === 1 && statements[0]?.kind === "copy_in";
}

const refusedSyntax: Readonly<Record<RefusedSyntax, string>> = {
  prepare_transaction: "PREPARE TRANSACTION is not carried: its outcome could not be followed.",
  string_syntax: "Sessions with standard_conforming_strings off are not carried.",
  client_encoding: "Sessions in an encoding other than UTF8 are not carried.",
};

export const parsingRuns =
  "Parsing it may run a function that somebody made, by the check of a domain in a list, a row or a range. Send it as a simple query.";
