/** `start`: the gateway itself, in this process. */
import type { ExitCode } from "../failure.ts";

/** The gateway runs on import, until it is told to stop, and reads its own arguments. */
export async function start({ config }: { readonly config?: string }): Promise<ExitCode> {
  const [node = "", script = ""] = process.argv;
  process.argv = [node, script, ...(config === undefined ? [] : ["--config", config])];
  await import("@countersign/server/start");
  return Number(process.exitCode ?? 0) as ExitCode;
}
