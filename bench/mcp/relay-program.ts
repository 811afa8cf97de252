/**
 * `bench/relay.ts` for a program: in front of another, it copies bytes from pipe to pipe and reads nothing of them.
 *
 *   node bench/mcp/relay-program.ts PROGRAM …
 */
import { spawn } from "node:child_process";

const [program = "", ...parameters] = process.argv.slice(2);
const server = spawn(program, parameters, { stdio: ["pipe", "pipe", "inherit"] });
process.stdin.pipe(server.stdin);
server.stdout.pipe(process.stdout);
