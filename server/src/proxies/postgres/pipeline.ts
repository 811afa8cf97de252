/** What goes on between two Syncs of the extended protocol, and what single messages mean for it. */
import type { Answer } from "./answers.ts";
import type { Classified } from "./sql/facts.ts";
import type { FrontendMessage } from "./wire/codec-frontend.ts";

export interface Pipeline {
  /** Nothing more of it is looked at until its Sync. */
  failed: boolean;
  /** Something of it ran, in a transaction that a failure has to undo. */
  ran: boolean;
  /** A portal whose Bind waits for the decision on its Execute. */
  waiting: string | null;
  /** Something of it may have changed what names stand for; what follows has to know. */
  unsettled: boolean;
  /** All of it is reads, and the server's read-only lock is on. */
  readonly readOnly: boolean;
}

/** The upstream failed or skipped the message: what it would have changed is taken back. */
export function onFailure(
  pipeline: Pipeline,
  undo?: { readonly failed: () => void; readonly skipped: () => void },
) {
  return {
    onAnswer: ({ error }: Answer) => {
      if (error === null) return;
      pipeline.failed = true;
      undo?.failed();
    },
    onSkipped: () => undo?.skipped(),
  };
}

/** Whether it may change what a name in a later statement stands for. */
export function changesNames({ statements, verbs, facts }: Classified): boolean {
  return (
    facts.settings.length > 0 ||
    verbs.some((verb) => verb !== "sql.read" && verb !== "sql.write") ||
    statements.some(({ kind }) => nameChangers.includes(kind))
  );
}

const nameChangers: readonly string[] = [
  "close",
  "commit",
  "deallocate",
  "declare",
  "discard",
  "prepare",
  "reset",
  "rollback",
  "rollback_to",
  "set",
];

/** Whether the message goes on with this portal. */
export function namesPortal(message: FrontendMessage | undefined, name: string): boolean {
  if (message?.kind === "execute") return message.portal === name;
  return message?.kind === "describe" && message.target === "portal" && message.name === name;
}

export function endsTransaction({ statements }: Classified): boolean {
  return statements.length > 0 && statements.every(({ kind }) => enders.includes(kind));
}

const enders: readonly string[] = ["commit", "rollback", "rollback_to"];
