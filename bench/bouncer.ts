/** PgBouncer in front of the database, where it is installed: what others take for the same way. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface Bouncer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const triesMax = 100;
const tryEveryMs = 50;
const poolSize = 100;

/** `PgBouncer 1.18.0`; null where it is not on the path. */
export function bouncerVersion(): string | null {
  const asked = spawnSync("pgbouncer", ["--version"], { encoding: "utf8" });
  return asked.status === 0 ? (asked.stdout.split("\n")[0] ?? null) : null;
}

/** Null where it is not installed. */
export async function startBouncer(direct: string): Promise<Bouncer | null> {
  if (bouncerVersion() === null) return null;
  const { hostname, port, username, password, pathname } = new URL(direct);
  const database = pathname.slice(1);
  const folder = await mkdtemp(join(tmpdir(), "countersign-bouncer-"));
  const ownPort = await freePort();
  const users = join(folder, "users.txt");
  const settings = join(folder, "bouncer.ini");
  const known = `host=${hostname} port=${port} dbname=${database} user=${username} password=${password}`;
  await writeFile(users, `"${username}" "${password}"\n`);
  await writeFile(
    settings,
    `[databases]
${database} = ${known}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = session
default_pool_size = ${poolSize}
max_client_conn = ${2 * poolSize}
log_connections = 0
log_disconnections = 0
`,
  );
  const isRoot = process.getuid?.() === 0;
  // It does not run as root, and whoever it runs as reads its files. The database is thrown away afterwards.
  if (isRoot) for (const path of [folder, users, settings]) await chmod(path, 0o755);
  const child = spawn("pgbouncer", [...(isRoot ? ["-u", "nobody"] : []), "-q", settings], {
    stdio: "ignore",
  });
  await listening(ownPort);
  return {
    url: `postgres://${username}:${password}@127.0.0.1:${ownPort}/${database}`,
    pid: child.pid ?? 0,
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "close").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await delay(tryEveryMs);
  }
  throw new Error("PgBouncer does not listen");
}
