/**
 * What a client's start-up packet sets, by itself or among its `options`: what a session may set without being asked about is
 * carried (`sql/settings.ts`), anything else is refused, before the session is there.
 */
import { readAgentReason } from "#/core/agent-reason.ts";
import { agentReasonSetting } from "#/proxies/postgres/session/knowledge/session-reason.ts";
import { settingRule } from "#/proxies/postgres/sql/settings.ts";
import type { StartupMessage } from "#/proxies/postgres/wire/codec-startup.ts";
import { readStartUpOptions } from "./start-up-options.ts";

export type StartUpSettings =
  | { readonly refused: string }
  | {
      readonly refused: null;
      /** What is passed on, each setting once. */
      readonly settings: ReadonlyMap<string, string>;
      /** Why the agent says that it wants what it will do. */
      readonly agentReason: string | null;
    };

export function readStartUpSettings({
  parameters,
}: Pick<StartupMessage, "parameters">): StartUpSettings {
  const replication = parameters.get("replication");
  if (replication !== undefined && !["false", "off", "no", "0"].includes(replication)) {
    return { refused: "Replication is not carried by the gateway." };
  }
  const options = readStartUpOptions(parameters.get("options") ?? "");
  if (options === null) {
    return { refused: "Of start-up options the gateway carries settings (-c NAME=VALUE) alone." };
  }
  const encoding = parameters.get("client_encoding") ?? options.get("client_encoding") ?? "UTF8";
  if (!isUtf8(encoding)) {
    return {
      refused: `The client asks for the encoding ${encoding}; the gateway carries UTF8 only.`,
    };
  }
  // As the server: what stands by itself comes behind the options.
  const own = [...parameters].filter(([name]) => !others.includes(name));
  const settings = new Map(
    [...options, ...own].map(([name, value]) => [name.toLowerCase(), value]),
  );
  settings.delete("client_encoding");
  const refused = [...settings].filter((setting) => !isHarmless(setting)).map(([name]) => name);
  if (refused.length > 0) {
    return {
      refused: `Start-up settings that the gateway does not carry: ${refused.join(", ")}. Use SET after connecting.`,
    };
  }
  const agentReason = readAgentReason(settings.get(agentReasonSetting) ?? "");
  // What SHOW, RESET and the end of a transaction make of it is the server's doing.
  if (agentReason === null) settings.delete(agentReasonSetting);
  else settings.set(agentReasonSetting, agentReason);
  return { refused: null, settings, agentReason };
}

/** What is about the connection itself. */
const others: readonly string[] = ["user", "database", "replication", "options"];

/** `auto` is what libpq makes of a client's surroundings. */
function isUtf8(encoding: string): boolean {
  return ["utf8", "unicode", "auto"].includes(encoding.toLowerCase().replace(/[^a-z0-9]/g, ""));
}

function isHarmless([name, value]: readonly [string, string]): boolean {
  const { verb, refused } = settingRule(name, { kind: "values", values: [value] });
  return verb === "sql.read" && refused === null;
}
