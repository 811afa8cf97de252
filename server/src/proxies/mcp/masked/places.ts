/**
 * What of a message is looked at: every string, number and key, but the few words by which the protocol itself is told.
 *
 * Guarantees that a value is left out only where it stands in its place and has the form of such a word: data in a place of the
 * protocol is data. Both revisions; a field that neither knows is looked at.
 */
import type {
  JsonMember,
  JsonNode,
  JsonNumber,
  JsonObject,
  JsonString,
} from "#/proxies/mcp/json/json-node.ts";

export interface Looked {
  readonly texts: readonly (JsonString | JsonNumber)[];
  readonly keys: readonly { readonly owner: JsonObject; readonly member: JsonMember }[];
  /** Images, sounds and resources that came as bytes. */
  readonly binaries: readonly Binary[];
}

export interface Binary {
  readonly kind: "image" | "audio" | "blob";
  readonly node: JsonObject;
  readonly data: JsonString;
  readonly mimeType: string;
}

type Place = "message" | "content" | "data" | "error" | "meta" | "params" | "result";

/** Words and ids of the protocol. Whose form is not this is looked at like anything else. */
const protocol: Readonly<Record<Place, Readonly<Record<string, RegExp>>>> = (() => {
  const word = /^[a-zA-Z_]{1,32}$/;
  // The client's own, which it has to know again.
  const id = /^[^]{0,256}$/;
  const method = /^[a-zA-Z/_]{1,64}$/;
  return {
    message: { jsonrpc: /^2\.0$/, id, method },
    error: {},
    params: { progressToken: id, requestId: id, level: word, role: word },
    result: { resultType: word, status: word, role: word },
    content: { type: word, role: word },
    meta: { progressToken: id },
    data: {},
  };
})();

/** What stands beneath a key of such a place. Else it is `data`; lists are what they stand in. */
const beneath: Readonly<Record<Place, Readonly<Record<string, Place>>>> = {
  message: { error: "error", params: "params", result: "result" },
  error: {},
  params: { _meta: "meta", messages: "content", content: "content", request: "params" },
  result: {
    _meta: "meta",
    content: "content",
    contents: "content",
    messages: "content",
    result: "result",
  },
  content: { content: "content", resource: "content" },
  meta: {},
  data: {},
};

export function lookedAt(message: JsonNode): Looked {
  const texts: (JsonString | JsonNumber)[] = [];
  const keys: { owner: JsonObject; member: JsonMember }[] = [];
  const binaries: Binary[] = [];
  visit(message, "message");
  return { texts, keys, binaries };

  function visit(node: JsonNode, place: Place): void {
    switch (node.kind) {
      case "string":
      case "number":
        texts.push(node);
        return;
      case "array":
        for (const item of node.items) visit(item, place);
        return;
      case "object": {
        const binary = place === "content" ? binaryOf(node) : null;
        if (binary !== null) binaries.push(binary);
        for (const member of node.members) {
          if (isProtocol(place, member)) continue;
          if (!Object.hasOwn(known, member.key)) keys.push({ owner: node, member });
          if (member.value !== binary?.data) {
            visit(member.value, placeBeneath(place, member.key));
          }
        }
        return;
      }
      default:
    }
  }
}

/** The same of what is no message: a document within a text. */
export function lookedAtData(root: JsonNode): Looked {
  const texts: (JsonString | JsonNumber)[] = [];
  const keys: { owner: JsonObject; member: JsonMember }[] = [];
  const visit = (node: JsonNode): void => {
    if (node.kind === "string" || node.kind === "number") texts.push(node);
    else if (node.kind === "array") node.items.forEach(visit);
    else if (node.kind === "object") {
      for (const member of node.members) {
        keys.push({ owner: node, member });
        visit(member.value);
      }
    }
  };
  visit(root);
  return { texts, keys, binaries: [] };
}

/** Names of the protocol's own, which hold nothing. */
const known: Readonly<Record<string, true>> = Object.fromEntries(
  "jsonrpc id method params result error code message data content contents structuredContent isError type text resource uri mimeType blob name title description _meta messages role annotations"
    .split(" ")
    .map((name) => [name, true] as const),
);

function isProtocol(place: Place, { key, value }: JsonMember): boolean {
  const forms = protocol[place];
  const form = Object.hasOwn(forms, key) ? forms[key] : undefined;
  if (form === undefined) return false;
  if (value.kind === "string") return form.test(value.value);
  return (
    value.kind === "number" && (key === "id" || key === "progressToken" || key === "requestId")
  );
}

function placeBeneath(place: Place, key: string): Place {
  const places = beneath[place];
  return (Object.hasOwn(places, key) ? places[key] : undefined) ?? "data";
}

function binaryOf(node: JsonObject): Binary | null {
  const string = (key: string) => {
    const value = node.members.findLast((each) => each.key === key)?.value;
    return value?.kind === "string" ? value : null;
  };
  const mimeType = string("mimeType")?.value ?? "application/octet-stream";
  const type = string("type")?.value;
  const data = string("data");
  if ((type === "image" || type === "audio") && data !== null) {
    return { kind: type, node, data, mimeType };
  }
  const blob = string("blob");
  return blob === null ? null : { kind: "blob", node, data: blob, mimeType };
}
