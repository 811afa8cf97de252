/** Messages of the extended protocol as tests send them: texts as values, and no types but the server's own. */
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
} from "#/proxies/postgres/wire/encode-frontend.ts";

export function parse(sql: string, name = ""): Buffer {
  return encodeParse({ name, sql, parameterTypes: [] });
}

export function bind(values: readonly string[] = [], portal = "", statement = ""): Buffer {
  return encodeBind({
    portal,
    statement,
    parameterFormats: [],
    parameters: values.map((value) => Buffer.from(value)),
    resultFormats: [],
  });
}

export function describePortal(portal = ""): Buffer {
  return encodeDescribe("portal", portal);
}

/** One statement as drivers send it, without its Sync. */
export function run(sql: string, values: readonly string[] = []): readonly Buffer[] {
  return [parse(sql), bind(values), describePortal(), encodeExecute("")];
}
