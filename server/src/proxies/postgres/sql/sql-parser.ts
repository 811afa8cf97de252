/**
 * PostgreSQL's own parser, as WebAssembly.
 *
 * Its lexer differs from the server's in one way: comments are tokens. A string that goes on behind a comment, or a
 * comment between NOT and IN, WITH and ORDINALITY, NULLS and LAST is an error here and sound there: such a text is
 * opaque, not read otherwise.
 *
 * `libpg-query`'s own wrapper keeps one instance for the life of the process. An instance that once ran out of
 * stack or memory has lost its own state and then fails, or worse, on texts that are sound; so an instance that
 * ends with anything but an answer is thrown away, and so is one that has grown.
 *
 * Guarantees: `parse` never throws, prints nothing, and leaves no trace of a text in the next one's answer.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { RawStmt } from "libpg-query";
import load, { type PgQueryProgram } from "libpg-query/wasm/libpg-query.js";

export interface SqlParser {
  parse(sql: string): Parsed;
}

export type Parsed =
  | { readonly kind: "parsed"; readonly statements: readonly RawStmt[] }
  /** The text is not valid, or is too much. */
  | { readonly kind: "failed"; readonly reason: string }
  /** For a moment there is no parser: says nothing about the text. */
  | { readonly kind: "absent" };

/** An instance starts with 128 MiB of address space and never gives back what it has touched. */
const parserBytesMax = 192 * 1024 * 1024;

export async function loadSqlParser(): Promise<SqlParser> {
  const path = createRequire(import.meta.url).resolve("libpg-query/wasm/libpg-query.wasm");
  const compiled = await WebAssembly.compile(await readFile(path));
  let program: PgQueryProgram | null = await instantiate(compiled);

  const replace = (): void => {
    program = null;
    // Ready before the next event: nothing in it waits but promises.
    void instantiate(compiled).then((next) => {
      program = next;
    });
  };

  return {
    parse(sql) {
      if (program === null) return { kind: "absent" };
      // The program ends itself by setting the process's exit code.
      const { exitCode } = process;
      try {
        const parsed = run(program, sql);
        if (program.HEAPU8.length > parserBytesMax) replace();
        return parsed;
      } catch {
        process.exitCode = exitCode;
        replace();
        return { kind: "failed", reason: "The text is too much for the parser." };
      }
    },
  };
}

function instantiate(compiled: WebAssembly.Module): Promise<PgQueryProgram> {
  return load({
    print: () => {},
    printErr: () => {},
    instantiateWasm: (imports, receive) => receive(new WebAssembly.Instance(compiled, imports)),
  });
}

/** The message quotes the text, which may hold what nobody may see. */
export const outsideGrammar = "PostgreSQL's grammar does not accept the text.";

// The layout of PgQueryParseResult (libpg_query: pg_query.h): the tree, what was printed, the error.
const treeOffset = 0;
const errorOffset = 8;

/** Throws only where the program itself failed, not the text. */
function run(program: PgQueryProgram, sql: string): Parsed {
  const bytes = program.lengthBytesUTF8(sql) + 1;
  const text = program._malloc(bytes);
  program.stringToUTF8(sql, text, bytes);
  const result = program._wasm_parse_query_raw(text);
  const parsed = read(program, result);
  program._free(text);
  program._wasm_free_parse_result(result);
  return parsed;
}

function read(program: PgQueryProgram, result: number): Parsed {
  const error = program.getValue(result + errorOffset, "i32");
  if (error !== 0) return { kind: "failed", reason: outsideGrammar };
  const tree = program.UTF8ToString(program.getValue(result + treeOffset, "i32"));
  const { stmts = [] } = JSON.parse(tree) as { readonly stmts?: readonly RawStmt[] };
  return { kind: "parsed", statements: stmts };
}
