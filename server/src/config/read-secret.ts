/** Secrets and certificates, which a configuration names and does not hold. */
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Secret } from "#/core/secret.ts";
import type { Place, Problem } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";

export type SecretReference = NonNullable<ConfigFile["log"]["signingKey"]>;

export type Environment = Readonly<Record<string, string | undefined>>;

const secretBytesMax = 256 * 1024;

export async function readSecret(
  reference: SecretReference,
  field: Place,
  path: string,
  environment: Environment,
  complain: (problem: string) => void,
): Promise<Secret> {
  if ("env" in reference) {
    const value = environment[reference.env];
    if (value === undefined || value === "") {
      complain(`the environment variable ${reference.env} is not set`);
    }
    return new Secret(value ?? "");
  }
  const file = besides(path, reference.file);
  try {
    if ((await stat(file)).size > secretBytesMax) throw new Error("too large");
    return new Secret((await readFile(file, "utf8")).replace(/\r?\n$/, ""));
  } catch {
    complain(`the file ${file} can't be read`);
    return new Secret("");
  }
}

/** Of a file that has other problems, wherever it names a secret or a certificate. */
export async function missingSecrets(
  raw: unknown,
  path: string,
  environment: Environment,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [at, reference] of referencesIn(raw, [])) {
    const complain = (problem: string) => void problems.push([at, problem]);
    const secret = await readSecret(reference, at, path, environment, complain);
    const isThere = problems.at(-1)?.[0] !== at;
    if (isThere && isOfHeader(at) && !fitsHeader(secret)) complain(noHeaderCarries);
  }
  return problems;
}

function referencesIn(raw: unknown, at: Place): readonly (readonly [Place, SecretReference])[] {
  if (typeof raw !== "object" || raw === null) return [];
  const entries = Object.entries(raw as Readonly<Record<string, unknown>>);
  const [first, ...others] = entries;
  if (first !== undefined && others.length === 0 && typeof first[1] === "string") {
    if (first[0] === "env") return [[at, { env: first[1] }]];
    if (first[0] === "file") return [[at, { file: first[1] }]];
  }
  return entries.flatMap(([key, value]) =>
    referencesIn(value, [...at, Array.isArray(raw) ? Number(key) : key]),
  );
}

/** A path in the file is relative to it. */
export function besides(path: string, file: string): string {
  return resolve(dirname(resolve(path)), file);
}

export const noHeaderCarries = "holds what no header can carry";

/** Whether it can be sent as a header is, and comes as it is written. */
export function fitsHeader(secret: Secret): boolean {
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(secret.reveal());
}

/** Of a tool server's credential, as far as the file says that it is one. */
function isOfHeader(at: Place): boolean {
  const [kind, name] = at.slice(-2);
  return kind === "credential" && (name === "bearer" || name === "value");
}
