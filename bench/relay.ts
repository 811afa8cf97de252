/**
 * What only copies bytes from one socket to another, both ways, and reads nothing of them: the least that a process of
 * Node in between costs on this machine.
 *
 *   node bench/relay.ts HOST PORT
 *
 * Prints the port on which it listens, and its CPU time in microseconds for each line that it is sent. Ends with its
 * standard input.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

const [host = "127.0.0.1", port] = process.argv.slice(2);

const server = createServer({ noDelay: true }, (near) => {
  const far = connect({ host, port: Number(port), noDelay: true });
  copy(near, far);
  copy(far, near);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
console.log(typeof address === "object" ? address?.port : address);
process.stdin.on("data", () => {
  const { user, system } = process.cpuUsage();
  console.log(user + system);
});
process.stdin.on("end", () => process.exit(0));

function copy(from: Socket, to: Socket): void {
  from.on("data", (chunk: Buffer) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.on("close", () => to.destroy());
  from.on("error", () => to.destroy());
}
