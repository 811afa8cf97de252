/**
 * Reads the tests of other scanners as sets: texts in which a rule of theirs finds a secret, and texts in which it must not. As in
 * `public-sets.ts`, checkouts are somebody else's, and nothing of them is part of this project.
 *
 *   --detect-secrets DIR     Yelp/detect-secrets: literal cases of the tests of its plugins
 *   --kingfisher DIR         mongodb/kingfisher: examples of its rules
 *   --trufflehog DIR         trufflesecurity/trufflehog: texts of the tests of its detectors
 *   --gitleaks-labelled FILE, --betterleaks-labelled FILE
 *                            lines of JSON, `{ origin, text, isSecret }`: what their generators validate rules with
 */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import type { Labelled } from "./public-sets.ts";

export function readKingfisher(dir: string): readonly Labelled[] {
  return globSync("{crates/*/,}data/rules/*.yml", { cwd: dir }).flatMap((file) => {
    const { rules = [] } = parse(readFileSync(path.join(dir, file), "utf8")) as {
      rules?: readonly {
        id: string;
        /** What only helps to check another token, such as the name of an account. */
        visible?: boolean;
        examples?: readonly string[] | null;
        negative_examples?: readonly string[] | null;
      }[];
    };
    return rules.flatMap(({ id, visible = true, examples, negative_examples: negatives }) => [
      ...(visible ? (examples ?? []) : []).map((text) => labelled(text, id, true)),
      ...(negatives ?? []).map((text) => labelled(text, id, false)),
    ]);
  });
}

export function readLabelled(file: string): readonly Labelled[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Labelled);
}

/** `('text', True)`, `'text': …` and lists of one kind: what is put together by code is left out. */
export function readDetectSecrets(dir: string): readonly Labelled[] {
  return globSync("tests/plugins/*_test.py", { cwd: dir }).flatMap((file) => {
    const source = readFileSync(path.join(dir, file), "utf8").replaceAll(/^\s*#.*$/gm, "");
    const origin = path.basename(file, "_test.py");
    const cases = [
      ...source.matchAll(
        /\(\s*((?:[brf]?(?:'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")\s*)+),\s*(True|False)\s*,?\s*\)/g,
      ),
    ];
    return cases.map(([, literals = "", flag]) =>
      labelled(pythonText(literals), origin, flag === "True"),
    );
  });
}

function pythonText(literals: string): string {
  return [...literals.matchAll(/'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"/g)]
    .map(([, single, double]) =>
      (single ?? double ?? "").replaceAll(/\\(.)/g, (_, sign: string) =>
        sign === "n" ? "\n" : sign === "t" ? "\t" : sign,
      ),
    )
    .join("");
}

/** Cases of a table, `input:` and `want:`, with the file's constants and `Sprintf` put in. */
export function readTrufflehog(dir: string): readonly Labelled[] {
  return globSync("pkg/detectors/**/*_test.go", { cwd: dir })
    .filter((file) => !file.includes("integration"))
    .flatMap((file) => {
      const source = readFileSync(path.join(dir, file), "utf8");
      const constants = new Map(
        [...source.matchAll(/^\s*(\w+)\s*:?=\s*("(?:\\.|[^"\\\n])*"|`[^`]*`)\s*$/gm)].map(
          ([, name = "", literal = ""]) => [name, goText(literal)],
        ),
      );
      const cases = [
        ...source.matchAll(
          /\binput:\s*((?:`[^`]*`|"(?:\\.|[^"\\\n])*"|[^`"\n])+?),?\s*\n\s*want:\s*(nil|\[\]string\{[\s\S]*?\n?\s*\}),/g,
        ),
      ];
      const origin = path.dirname(file).replace("pkg/detectors/", "");
      return cases.flatMap(([, expression = "", want = ""]) => {
        const text = goExpression(expression, constants);
        const isSecret = want !== "nil" && /\{\s*\S[\s\S]*\}/.test(want.replace("{}", ""));
        return text === null ? [] : [labelled(text, origin, isSecret)];
      });
    });
}

const goLiteral = /^(?:`[^`]*`|"(?:\\.|[^"\\\n])*")$/;

function goExpression(expression: string, constants: ReadonlyMap<string, string>): string | null {
  const text = expression.trim();
  const value = (part: string): string | null =>
    goLiteral.test(part) ? goText(part) : (constants.get(part) ?? null);
  if (goLiteral.test(text) || constants.has(text)) return value(text);
  const call = /^fmt\.Sprintf\(("(?:\\.|[^"\\\n])*"|`[^`]*`),\s*([\s\S]*)\)$/.exec(text);
  if (call === null) return null;
  const parts = (call[2] ?? "").split(",").map((part) => value(part.trim()));
  if (parts.includes(null)) return null;
  let at = 0;
  return goText(call[1] ?? "").replaceAll(/%[svq]/g, () => parts[at++] ?? "");
}

function goText(literal: string): string {
  return literal.startsWith("`")
    ? literal.slice(1, -1)
    : (JSON.parse(literal.replaceAll(/\\([^"\\/bfnrtu])/g, "$1")) as string);
}

function labelled(text: string, origin: string, isSecret: boolean): Labelled {
  return { text, origin, isSecret };
}
