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
  } else {
    const lines = check.problems.map(({ file, line, message }) => {
      // A folder has no lines.
      const place = file.endsWith(".cedar") ? `:${line}` : "";
      return `${visible(path.join(dir, file))}${place}: ${visible(message)}\n`;
    });
    terminal.out(lines.join(""));
  }
  return check.ok ? exitCodes.done : exitCodes.refused;
}
