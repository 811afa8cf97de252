/** The policy set of a folder, in force or not at all. */
import { GatewayError } from "#/core/errors.ts";
import { loadPolicyFolder } from "./check.ts";
import { createPolicy, type Policy } from "./evaluate.ts";

/** Throws `policy.invalid` with all that is wrong with it. */
export async function openPolicy(dir: string): Promise<Policy> {
  const load = await loadPolicyFolder(dir);
  if (load.ok) return createPolicy(load.set);
  const problems = load.problems.map(({ file, line, message }) => {
    // A folder has no lines.
    return `${file}${file.endsWith(".cedar") ? `:${line}` : ""} ${message}`;
  });
  throw new GatewayError(
    "policy.invalid",
    `The policies in ${dir} have problems:\n${problems.map((each) => `  ${each}`).join("\n")}`,
    { details: { problems } },
  );
}
