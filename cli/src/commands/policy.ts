/** `policy check`: every problem of a policy folder at once, without a gateway. */
import path from "node:path";
import { safeJson, visible } from "@countersign/sdk/visible";
import type { Context } from "../context.ts";
import { type ExitCode, exitCodes } from "../failure.ts";

export async function policyCheck(
  context: Context,
  dir: string,
  { json }: { readonly json?: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  const { checkPolicyFolder } = await import("@countersign/server/check");
  const check = await checkPolicyFolder(path.resolve(context.folder, dir));
  if (json === true) {
    terminal.out(`${safeJson(check)}\n`);
  } else if (check.ok) {
    const count = check.policies === 1 ? "1 policy" : `${check.policies} policies`;
    terminal.out(`${count}, no problems.\n  digest ${visible(check.digest ?? "")}\n`);
    terminal.out(linesOf(check.warnings, dir, "warning: "));
  } else {
    terminal.out(linesOf(check.problems, dir, ""));
  }
  return check.ok ? exitCodes.done : exitCodes.refused;
}

interface Found {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

function linesOf(found: readonly Found[], dir: string, what: string): string {
  const lines = found.map(({ file, line, message }) => {
    // A folder has no lines.
    const place = file.endsWith(".cedar") ? `:${line}` : "";
    return `${visible(path.join(dir, file))}${place}: ${what}${visible(message)}\n`;
  });
  return lines.join("");
}
