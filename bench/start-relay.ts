/** The relay in a process of its own, in front of the database or a tool server: the platform's floor. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startFlags } from "./start-flags.ts";

export interface Relay {
  /** What was relayed to, with the relay in its place. */
  readonly url: string;
  /** CPU time so far, in microseconds. */
  cpuMicros(): Promise<number>;
  stop(): Promise<void>;
}

export async function startRelay(target: string): Promise<Relay> {
  const { hostname, port } = new URL(target);
  const script = new URL("./relay.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [...startFlags(), script, hostname, port], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = await next();
  return {
    url: url.href,
    async cpuMicros() {
      child.stdin.write("look\n");
      return Number(await next());
    },
    async stop() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}
