/** A JSON-RPC message, read as far as it has to be to be passed on. Its bytes stay as they are. */

export type RpcId = string | number;

export type Message = { readonly bytes: Buffer } & (
  | {
      readonly kind: "request";
      readonly id: RpcId;
      readonly method: string;
      readonly params: Fields;
    }
  | { readonly kind: "notification"; readonly method: string; readonly params: Fields }
  | { readonly kind: "response"; readonly id: RpcId; readonly result: Fields }
);

export type Request = Extract<Message, { readonly kind: "request" }>;
export type Fields = Readonly<Record<string, unknown>>;

/** Null where it is none. */
export function parseMessage(bytes: Buffer): Message | null {
  const value = parseFields(bytes.toString("utf8"));
  if (value === null) return null;
  const { id, method } = value;
  const params = fieldsOf(value["params"]);
  const isNamed = typeof id === "string" || typeof id === "number";
  if (typeof method === "string") {
    if (isNamed) return { kind: "request", bytes, id, method, params };
    return id === undefined ? { kind: "notification", bytes, method, params } : null;
  }
  return isNamed ? { kind: "response", bytes, id, result: fieldsOf(value["result"]) } : null;
}

/** Empty for what is no object. */
export function fieldsOf(value: unknown): Fields {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Fields) : {};
}

/** The revision that a request names itself, as all do from 2026-07-28 on; null for one of a session. */
export function ownVersion(params: Fields): string | null {
  const version = fieldsOf(params["_meta"])["io.modelcontextprotocol/protocolVersion"];
  return typeof version === "string" ? version : null;
}

function parseFields(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : null;
  } catch {
    return null;
  }
}
