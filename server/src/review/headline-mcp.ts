/** What a call would do, as far as the gateway takes its tool to do anything. */
import type { DefinitionState, McpFacts, ToolClass } from "#/core/facts.ts";
import { shownName } from "./headline-words.ts";

export type ToldCall = Pick<McpFacts, "method" | "name" | "toolClass" | "definition">;

export function whatCall({ method, name, toolClass, definition }: ToldCall): string {
  switch (method) {
    case "tools/call":
      return `call ${shownName(name)}, ${classWords[toolClass]}${definitionWords[definition]},`;
    case "resources/read":
      return `read the resource ${shownName(name)}`;
    case "prompts/get":
      return `get the prompt ${shownName(name)}`;
    case "tools/list":
      return "list the tools";
    case "server/discover":
      return "ask the server what it speaks";
    case "initialize":
      return "begin a session to ask the server what it speaks";
    case "oauth/token":
      return "get a token for the server";
  }
}

const classWords: Readonly<Record<ToolClass, string>> = {
  read: "which reads",
  write: "which changes data",
  destructive: "which may destroy data",
  send: "which can send data out",
  unknown: "of which nobody has said what it does",
};

const definitionWords: Readonly<Record<DefinitionState, string>> = {
  pinned: "",
  first: "",
  changed: " and whose definition has changed",
  rejected: " and whose definition was rejected",
  unknown: " and which the server does not list",
};
