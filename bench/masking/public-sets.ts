/**
 * Reads public development sets from checkouts that somebody else has made: nothing of them is part of this project.
 *
 *   --noseyparker DIR        praetorian-inc/noseyparker: examples and negative examples of its rules
 *   --gitleaks DIR           gitleaks/gitleaks: literal true and false positives of its rules
 *   --secretlint DIR         secretlint/secretlint: snapshots, `ok.*` and `ng.*`
 *   --presidio DIR           microsoft/presidio: parametrised texts of the tests of its recognizers
 *   --alcatraz FILE          hoophq/alcatraz: what bench/cmd/gencorpus writes
 *   --presidio-research FILE microsoft/presidio-research: data/synth_dataset_v2.json
 */
import { isUtf8 } from "node:buffer";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { type Entity, parseEntity } from "../../server/src/core/entity.ts";

export interface Labelled {
  /** Bytes where it is no text. */
  readonly text: string | Uint8Array;
  /** Where it comes from, for the list of what was missed. */
  readonly origin: string;
  readonly isSecret: boolean;
}

export interface Spans {
  readonly text: string;
  readonly template: number;
  /** Positions are of UTF-16 units. */
  readonly spans: readonly {
    readonly type: string;
    readonly start: number;
    readonly end: number;
  }[];
}

export function readNoseyParker(dir: string): readonly Labelled[] {
  return globSync("crates/noseyparker/data/default/builtin/rules/*.yml", { cwd: dir }).flatMap(
    (file) => {
      const { rules } = parse(readFileSync(path.join(dir, file), "utf8")) as {
        rules: readonly {
          id: string;
          examples?: readonly string[];
          negative_examples?: readonly string[];
        }[];
      };
      return rules.flatMap(({ id, examples = [], negative_examples: negatives = [] }) => [
        ...examples.map((text) => ({ text, origin: id, isSecret: true })),
        ...(negatives ?? []).map((text) => ({ text, origin: id, isSecret: false })),
      ]);
    },
  );
}

/** Only literal strings; what the rules generate is left out. */
export function readGitleaks(dir: string): readonly Labelled[] {
  return globSync("cmd/generate/config/rules/*.go", { cwd: dir }).flatMap((file) => {
    const text = readFileSync(path.join(dir, file), "utf8");
    const lists = [
      ...text.matchAll(
        /\b(tps|fps)\s*:?=\s*(?:append\(\w+,\s*)?(?:\[\]string)?\{([\s\S]*?)\n\t\}/g,
      ),
    ];
    return lists.flatMap(([, kind, body = ""]) =>
      literalsOf(body).map((literal) => ({
        text: literal,
        origin: path.basename(file, ".go"),
        isSecret: kind === "tps",
      })),
    );
  });
}

/** Whole elements of a Go slice: what is concatenated with a call is not literal. */
function literalsOf(body: string): readonly string[] {
  const plain = body.replaceAll(/^\s*\/\/.*$/gm, "");
  return [...plain.matchAll(/(?:^|,)\s*("(?:\\.|[^"\\\n])*"|`[^`]*`)\s*(?=,)/gm)].map(
    ([, literal = ""]) =>
      literal.startsWith("`")
        ? literal.slice(1, -1)
        : (JSON.parse(literal.replaceAll(/\\([^"\\/bfnrtu])/g, "$1")) as string),
  );
}

export function readSecretlint(dir: string): readonly Labelled[] {
  return globSync("packages/@secretlint/secretlint-rule-*/test/snapshots/*/input*", { cwd: dir })
    .filter(
      (file) =>
        existsSync(path.join(dir, file)) && !file.includes("pattern") && !file.includes("filter"),
    )
    .flatMap((file) => {
      const [, , rule = "", , , name = ""] = file.split(path.sep);
      const folder = path.dirname(path.join(dir, file));
      const output = path.join(folder, "output.json");
      if (!existsSync(output)) return [];
      const { messages } = JSON.parse(readFileSync(output, "utf8")) as {
        messages: readonly unknown[];
      };
      const bytes = readFileSync(path.join(dir, file));
      const text = isUtf8(bytes) ? bytes.toString("utf8") : bytes;
      return [{ text, origin: `${rule}/${name}`, isSecret: messages.length > 0 }];
    });
}

export function readPresidioResearch(file: string): readonly Spans[] {
  const rows = JSON.parse(readFileSync(file, "utf8")) as readonly {
    full_text: string;
    template_id: number;
    spans: readonly { entity_type: string; start_position: number; end_position: number }[];
  }[];
  return rows.map(({ full_text: text, template_id: template, spans }) => ({
    text,
    template,
    spans: spans.map(({ entity_type: type, start_position: start, end_position: end }) => ({
      type,
      start,
      end,
    })),
  }));
}

export interface Recognized {
  readonly text: string;
  readonly entity: Entity;
  /** Whether the recognizer of that has to find it there. */
  readonly isFound: boolean;
}

/** Texts with how often one recognizer finds something: `("text", 1, …)`. Of what has no name here nothing is taken. */
export function readPresidioTests(dir: string): readonly Recognized[] {
  return globSync("presidio-analyzer/tests/test_*_recognizer.py", { cwd: dir }).flatMap((file) => {
    const source = readFileSync(path.join(dir, file), "utf8");
    const name = /def entities\(\)[^\n]*\n\s*return \[\s*"([A-Z_]+)"\s*,?\s*\]/.exec(source)?.[1];
    const entity = name === undefined ? null : parseEntity(name);
    if (entity === null) return [];
    const cases = [
      ...source.matchAll(/\(\s*("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')\s*,\s*(\d+)\s*,/g),
    ];
    return cases.map(([, literal = "", count]) => ({
      text: JSON.parse(
        `"${literal
          .slice(1, -1)
          .replaceAll("\\'", "'")
          .replaceAll(/(?<!\\)"/g, '\\"')
          .replaceAll(/\\([^"\\/bfnrtu])/g, "$1")}"`,
      ) as string,
      entity,
      isFound: count !== "0",
    }));
  });
}
