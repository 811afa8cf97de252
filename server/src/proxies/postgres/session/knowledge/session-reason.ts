/**
 * Why the agent says that it wants what it does, as its session has it: a setting, so that every client can set it, in whichever way it sets
 * others, and transactions take it back.
 *
 * Guarantees that what is told is what the server has, except that a message's own SET counts for that message. It is a claim, and nothing
 * is decided by it.
 */
import { readAgentReason } from "#/core/agent-reason.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import type { Answer } from "#/proxies/postgres/reply/expected.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { listOf, partOf, textOf } from "#/proxies/postgres/touched/node.ts";
import { takesBackSettings } from "./changes.ts";

export const agentReasonSetting = "countersign.reason";
const found = `select pg_catalog.current_setting('${agentReasonSetting}', true)`;

export class SessionReason {
  #said: string | null;
  /** The server knows the setting: to ask for it before would fail the client's transaction. */
  #isThere: boolean;
  #isCurrent = true;

  /** What the session began with. */
  constructor(said: string | null) {
    this.#said = said;
    this.#isThere = said !== null;
  }

  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /**
   * To be called where the upstream answers questions. SHOW takes no snapshot, but fails where the setting is not there; whether it is, is
   * asked for between transactions alone.
   */
  async read(ask: Ask, between: boolean): Promise<void> {
    if (this.#isCurrent || !(this.#isThere || between)) return;
    const [row] = await ask(this.#isThere ? `show ${agentReasonSetting}` : found);
    const [value = null] = row ?? [];
    if (value !== null) this.#isThere = true;
    this.#said = readAgentReason(value ?? "");
    this.#isCurrent = true;
  }

  ran(classified: Classified, { error }: Pick<Answer, "error">): void {
    const names = classified.facts.settings.includes(agentReasonSetting);
    if (names && error === null) this.#isThere = true;
    // What can't be read may set it too, under a name that nobody sees.
    const isUnread = classified.verbs.includes("sql.opaque");
    if (names || isUnread || (this.#isThere && mayReset(classified))) this.#isCurrent = false;
  }

  /** Of the action that this text is. */
  of({ facts }: Classified, command: string, { trees }: Pick<Classifier, "trees">): string | null {
    if (!facts.settings.includes(agentReasonSetting)) return this.#said;
    const set = (trees(command) ?? []).map(({ stmt }) => readSet(stmt));
    const last = set.findLast((said) => said !== undefined);
    return last === undefined ? this.#said : readAgentReason(last);
  }
}

/** Whether it sets nothing else, so that nothing changes which later statements mean. */
export function setsReasonAlone({ facts, statements, verbs }: Classified): boolean {
  return (
    facts.settings.length > 0 &&
    facts.settings.every((name) => name === agentReasonSetting) &&
    statements.every(({ kind, name }) => kind === "set" && name === agentReasonSetting) &&
    verbs.every((verb) => verb === "sql.read")
  );
}

function mayReset(classified: Classified): boolean {
  const { facts, statements } = classified;
  return (
    facts.settings.includes("all") ||
    statements.some(({ kind }) => kind === "discard") ||
    takesBackSettings(classified)
  );
}

/** What a statement sets it to; undefined where it does not. */
function readSet(stmt: unknown): string | undefined {
  const set = partOf(stmt, "VariableSetStmt");
  if (set === null || textOf(set["name"])?.toLowerCase() !== agentReasonSetting) return undefined;
  const [value] = listOf(set["args"]);
  const constant = partOf(value, "A_Const");
  return textOf((constant?.["sval"] as { readonly sval?: unknown } | undefined)?.sval) ?? "";
}
