/**
 * What people call a server that is a program: `node desk/desk.ts`, `npx @modelcontextprotocol/server-filesystem`, `python -m mail_server`.
 *
 * Guarantees that of a command nothing is shown but its program and what that is plainly there to run, a script or a package: other arguments may hold
 * secrets.
 */
import { basename } from "node:path";

export function programName([program, ...args]: readonly [string, ...string[]]): string {
  const name = basename(program);
  const runner = runners[name.replace(/\.exe$/i, "").toLowerCase()] ?? null;
  const script = runner === null ? null : runner(args);
  return script === null ? name : `${name} ${script}`;
}

/** What stands in its arguments for what it runs; null where that is not plain. */
type Runner = (args: readonly string[]) => string | null;

const scriptForm = /^[\w.-]{1,80}\.(?:[cm]?[jt]sx?|py|rb|jar|php|sh)$/;
const folderForm = /^[\w.@-]{1,60}$/;
/** What they load before the script. */
const loadsBefore: ReadonlySet<string> = new Set(["-r", "--require", "--import", "--loader"]);
const packageForm = /^(?:@[\w.-]{1,60}\/)?[\w.-]{1,80}(?:@[\w.^~-]{1,30})?$/;
const moduleForm = /^[\w.]{1,80}$/;

/** With the folder that it is in. */
const ofScript: Runner = (args) => {
  for (const [at, arg] of args.entries()) {
    const [file = "", folder = ""] = arg.split(/[\\/]/).toReversed();
    if (arg.startsWith("-") || loadsBefore.has(args[at - 1] ?? "")) continue;
    if (scriptForm.test(file)) return folderForm.test(folder) ? `${folder}/${file}` : file;
  }
  return null;
};

/** Options of these that come before the package take no value but where they say so with `=`. */
const ofPackage: Runner = (args) => {
  const first = args.find((arg) => !/^(?:-y|--yes|-q|--quiet|--)$/.test(arg));
  return first !== undefined && !first.startsWith("-") && packageForm.test(first) ? first : null;
};

const ofPython: Runner = (args) => {
  const at = args.indexOf("-m");
  const module = at < 0 ? undefined : args[at + 1];
  return module !== undefined && moduleForm.test(module) ? `-m ${module}` : ofScript(args);
};

const after =
  (word: string, runner: Runner): Runner =>
  (args) => {
    if (args[0] !== word) return null;
    const found = runner(args.slice(1));
    return found === null ? word : `${word} ${found}`;
  };

const runners: Readonly<Record<string, Runner>> = {
  node: ofScript,
  bun: ofScript,
  deno: after("run", ofScript),
  tsx: ofScript,
  npx: ofPackage,
  bunx: ofPackage,
  pnpx: ofPackage,
  uvx: ofPackage,
  uv: after("run", (args) => ofScript(args) ?? ofPackage(args)),
  pipx: after("run", ofPackage),
  python: ofPython,
  python3: ofPython,
  ruby: ofScript,
  php: ofScript,
  java: ofScript,
  sh: ofScript,
  bash: ofScript,
};
