/** What the gateway tells of an action, in words. */
import { listText } from "./list-text.ts";
import type { Upstream } from "./wire/content.ts";
import type { CallFacts, Facts } from "./wire/facts.ts";

/** Why not all that it does can be told; null where it can. */
export function whyOpaque(facts: Facts): string | null {
  return facts.family === "mcp" ? null : facts.opaque;
}

/** It names no rows that it is about, and reaches all. */
export function isUnfiltered(facts: Facts): boolean {
  return facts.family === "sql" && !facts.filtered;
}

/** In one line. */
export function callText(facts: CallFacts): string {
  return [
    `${methodWords[facts.method]} ${facts.name}`.trim(),
    ...(facts.method === "tools/call"
      ? [classText(facts), definitionText(facts), claimsText(facts)]
      : []),
  ].join("; ");
}

export function classText({ toolClass }: Pick<CallFacts, "toolClass">): string {
  return classWords[toolClass];
}

export function definitionText({ definition }: Pick<CallFacts, "definition">): string {
  return definitionWords[definition];
}

export function claimsText({ claims }: Pick<CallFacts, "claims">): string {
  const claimed = [
    claims.readOnly ? "that it only reads" : claims.destructive ? "that it may destroy data" : "",
    claims.idempotent ? "that a second call like it changes nothing more" : "",
    claims.openWorld ? "" : "that it stays among its own data",
  ].filter((each) => each !== "");
  return claimed.length === 0
    ? "its server promises nothing of it"
    : `its server says ${listText(claimed)}, which nobody has checked`;
}

/** Where it runs, and as whom. */
export function upstreamText({ endpoint, database, role }: Upstream): string {
  const server = serverText(endpoint);
  const place = database === null ? server : `${server}/${database}`;
  return role === null ? place : `${place} as ${role}`;
}

/** A program by its name; the digest of its command is for whoever reads what is on record. */
export function serverText(endpoint: string): string {
  if (endpoint === "stdio:client") return "a program on the agent’s machine";
  const program = /^stdio:(.+?)(?:#[0-9a-f]+)?$/s.exec(endpoint)?.[1];
  return program === undefined ? endpoint : `the program ${program}`;
}

const methodWords: Readonly<Record<CallFacts["method"], string>> = {
  "tools/call": "calls the tool",
  "resources/read": "reads the resource",
  "prompts/get": "gets the prompt",
  "tools/list": "lists the tools, for the gateway itself",
  "server/discover": "asks the server what it speaks, for the gateway itself",
  initialize: "begins a session to ask the server what it speaks, for the gateway itself",
  "oauth/token": "gets a token for the server, for the gateway itself",
};

const classWords: Readonly<Record<CallFacts["toolClass"], string>> = {
  read: "taken to only read",
  write: "taken to change data",
  destructive: "taken to destroy data",
  send: "taken to send data out",
  unknown: "nobody has said what it does",
};

const definitionWords: Readonly<Record<CallFacts["definition"], string>> = {
  pinned: "its definition is the one that was pinned",
  first: "its definition was not seen before",
  changed: "its definition is not the one that was pinned",
  rejected: "a person has rejected its definition",
  unknown: "its server lists no such tool",
};
