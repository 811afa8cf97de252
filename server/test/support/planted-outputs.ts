/** All that comes out of a gateway, each with how it is collected once everything was planted. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ActionSummary } from "@countersign/sdk/wire/action";
import type { LogEntry } from "@countersign/sdk/wire/log";
import type { Page as WirePage } from "@countersign/sdk/wire/page";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import { browserMissing } from "./browser-program.ts";
import type { OutputName } from "./plant.ts";
import { type Everything, openPages } from "./planted-pages.ts";
import type { PlantedScene } from "./planted-scene.ts";

export type Outputs = Readonly<Record<OutputName, string | Buffer>>;

/** Keys of the data folder. What they hold is nowhere else, and they are no output. */
const ownKeys: readonly string[] = ["data.key", "operator.token", "postgres.key", "log.key"];

const connections = ["shop", "desk", "keyed", "granted", "local"] as const;

/** In this order; the gateway is killed and started anew in the midst of it. */
export async function collectOutputs(scene: PlantedScene): Promise<Outputs> {
  const all = await everything(scene);
  const records = await allRecords(scene);
  const strangers = await answersTo(scene, all, [null, scene.agentToken, "css_nobodys"]);
  const pages =
    browserMissing === null ? await openPages(scene, all) : "no browser is here to look";
  const commandLine = await printedFor(scene, all);
  const reviewers = await answersTo(scene, all, [scene.reviewer]);
  const proofs = await Promise.all(
    all.actions.map(({ id }) => textOf(scene, `/actions/${id}/proof`, scene.reviewer)),
  );
  const processes = await argumentsOf(scene.gateway().status.pid);
  const running = await filesIn(scene.dataDir);
  await scene.crash();
  return {
    "the sessions that plant": Buffer.concat(scene.received.planting),
    "a session that only listens": Buffer.concat(scene.received.bystander),
    "the API's answers to people": [...scene.answered.people, reviewers].join("\n"),
    "the API's answers to agents and strangers": [...scene.answered.strangers, strangers].join(
      "\n",
    ),
    "the events": scene.events(),
    "what is printed": scene.gateway().output(),
    "the records' leaves": JSON.stringify(records),
    "the proofs": proofs.join("\n"),
    "the data folder": running,
    "the data folder after a crash": await filesIn(scene.dataDir),
    "the command line": commandLine,
    "the console's pages": pages,
    "the arguments of processes": processes,
  };
}

async function everything(scene: PlantedScene): Promise<Everything> {
  const reviews = await allItems<ReviewSummary>(scene, "/reviews?limit=200");
  const actions = await allItems<ActionSummary>(scene, "/actions?limit=100");
  return { reviews, actions };
}

function allRecords(scene: PlantedScene): Promise<readonly LogEntry[]> {
  return allItems<LogEntry>(scene, "/log/records?limit=500", "from");
}

async function allItems<Item>(
  { gateway, reviewer }: PlantedScene,
  path: string,
  mark = "cursor",
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let next: string | null = null;
  do {
    const from: string = next === null ? "" : `&${mark}=${next}`;
    const { body } = await gateway().call(`${path}${from}`, reviewer);
    const page = body as WirePage<Item>;
    items.push(...page.items);
    ({ next } = page);
  } while (next !== null);
  return items;
}

/** Every route that is read, of everything that there is, with what the answer's headers say. */
async function answersTo(
  scene: PlantedScene,
  { reviews, actions }: Everything,
  tokens: readonly (string | null)[],
): Promise<string> {
  const document = JSON.parse(await textOf(scene, "/openapi.json", scene.reviewer)) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);
  const named: Readonly<Record<string, readonly string[]>> = {
    "/reviews/{id}": ids(reviews),
    "/actions/{id}": ids(actions),
    "/connections/{name}": connections,
    "/connections/{name}/tools": connections,
    "/connections/{name}/tool": connections,
    "/agents/{name}": ["bot", "owned"],
  };
  // A proof is an output of its own, and the stream has no end.
  const elsewhere = ["/actions/{id}/proof", "/events", "/log/records"];
  const templates = Object.keys(document.paths)
    .map((path) => path.replace("/api/v1", ""))
    .filter((path) => !elsewhere.includes(path) && hasGet(document.paths, path));
  const answers: string[] = [];
  for (const template of templates) {
    const values = template.includes("{") ? named[template] : [""];
    if (values === undefined) throw new Error(`no values for ${template}: add them`);
    for (const value of values) {
      for (const token of tokens) {
        answers.push(await textOf(scene, template.replace(/\{\w+\}/, value), token));
      }
    }
  }
  return answers.join("\n");
}

function hasGet(paths: Readonly<Record<string, object>>, path: string): boolean {
  return "get" in (paths[path] ?? paths[`/api/v1${path}`] ?? {});
}

async function textOf({ gateway }: PlantedScene, path: string, token: string | null) {
  const headers: Readonly<Record<string, string>> =
    token === null ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${gateway().apiUrl}/api/v1${path}`, { headers });
  return answer.text();
}

async function printedFor(scene: PlantedScene, { reviews }: Everything): Promise<string> {
  const commands = [
    ["status"],
    ["inbox", "--state", "all"],
    ["log", "list", "--limit", "500"],
    ["log", "verify"],
    ...reviews.map(({ id }) => ["show", id, "--all"]),
    ...reviews.slice(0, 2).map(({ id }) => ["log", "proof", id]),
  ];
  for (const command of commands) {
    await scene.countersign({}, ...command);
    await scene.countersign({}, ...command, "--json");
  }
  return scene.commandLine.join("\n");
}

/** Of the gateway and of what it has started. */
async function argumentsOf(gateway: number): Promise<string> {
  const lines: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    if (Number(pid) !== gateway && parent !== gateway) continue;
    lines.push(await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""));
  }
  return lines.join("\n");
}

/** Names and content of every file but the keys. */
async function filesIn(folder: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    parts.push(Buffer.from(`\n${entry.name}\n`));
    if (!entry.isFile() || ownKeys.includes(entry.name)) continue;
    parts.push(await readFile(join(entry.parentPath, entry.name)));
  }
  return Buffer.concat(parts);
}
