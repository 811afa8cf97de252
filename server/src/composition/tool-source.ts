/** Tools of a server for the API: what people look at before they accept a definition. */
import type { KnownTool, ToolSource } from "#/api/tool-source.ts";
import { classReasons } from "#/proxies/mcp/definitions/classify-tool.ts";
import { differencesOf } from "#/proxies/mcp/definitions/difference.ts";
import type { ToolBook, ToolView } from "#/proxies/mcp/definitions/tool-book.ts";
import { claimsOf } from "#/proxies/mcp/definitions/tool-definition.ts";

export function toolSource(book: ToolBook): ToolSource {
  return {
    all: () => book.views().map(presentKnown),
    one: (name) => {
      const view = book.view(name);
      return view === null ? null : presentKnown(view);
    },
    reject: async (name, digest, person) => presentKnown(await book.reject(name, digest, person)),
    accept: async (name, digest, person) => presentKnown(await book.accept(name, digest, person)),
  };
}

function presentKnown({
  name,
  state,
  classified,
  deceptions,
  offered,
  pinned,
  rejected,
}: ToolView): KnownTool {
  return {
    name,
    state,
    toolClass: classified.toolClass,
    why: classReasons[classified.reason],
    claims: claimsOf(offered),
    flags: deceptions,
    offered,
    pinned,
    rejected,
    differences: pinned === null ? [] : differencesOf(pinned.content, offered.content),
  };
}
