/** What is wrong with a configuration, told by the line and the name of the setting. */
import type { Document, LineCounter } from "yaml";
import type { z } from "zod";
import { GatewayError } from "#/core/errors.ts";

export type Place = readonly PropertyKey[];

/** Where, and what is wrong there. */
export type Problem = readonly [at: Place, problem: string];

export function problemsOf(issue: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key): Problem => [[...issue.path, key], "is not a setting"]);
  }
  const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return [[issue.path, missing ? "is missing" : issue.message]];
}

/** The line of the innermost part that the file has. */
export function lineOf(document: Document, lines: LineCounter, at: Place): number {
  for (let depth = at.length; depth > 0; depth -= 1) {
    const node: unknown = document.getIn(at.slice(0, depth), true);
    const range = (node as { readonly range?: readonly number[] } | undefined)?.range;
    if (range?.[0] !== undefined) return lines.linePos(range[0]).line;
  }
  return 1;
}

export function fieldName(at: Place): string {
  const parts = at.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`));
  const name = parts.join("").replace(/^\./, "");
  return name === "" ? "" : `${name}: `;
}

export function invalid(path: string, problems: readonly string[]): GatewayError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new GatewayError(
    "config.invalid",
    `The configuration ${path} has ${count}:\n${problems.map((each) => `  ${each}`).join("\n")}`,
    { details: { problems } },
  );
}
