/** Of the platform's types, only the DOM's name this. */
declare namespace WebAssembly {
  type Imports = Readonly<Record<string, unknown>>;
  interface Module {
    readonly [Symbol.toStringTag]: "WebAssembly.Module";
  }
  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: unknown;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}

/** The parser's program without the wrapper that keeps one instance for ever: see `sql-parser.ts`. */
declare module "libpg-query/wasm/libpg-query.js" {
  export interface PgQueryProgram {
    readonly HEAPU8: Uint8Array;
    readonly lengthBytesUTF8: (text: string) => number;
    readonly stringToUTF8: (text: string, pointer: number, bytesMax: number) => void;
    readonly UTF8ToString: (pointer: number) => string;
    readonly getValue: (pointer: number, type: "i32") => number;
    readonly _malloc: (bytes: number) => number;
    readonly _free: (pointer: number) => void;
    readonly _wasm_parse_query_raw: (text: number) => number;
    readonly _wasm_free_parse_result: (result: number) => void;
  }
  export interface PgQueryOptions {
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
    readonly instantiateWasm: (
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance) => void,
    ) => void;
  }
  const load: (options: PgQueryOptions) => Promise<PgQueryProgram>;
  export default load;
}
