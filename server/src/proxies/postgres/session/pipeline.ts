/** What goes on between two Syncs of the extended protocol, and what becomes of it. */
import type { Answer } from "#/proxies/postgres/reply/expected.ts";
import type { FrontendMessage } from "#/proxies/postgres/wire/frontend-messages.ts";

export interface Pipeline {
  /** Nothing more of it is looked at until its Sync. */
  failed: boolean;
  /** Something of it ran, in a transaction that a failure has to undo. */
  ran: boolean;
  /** A portal whose Bind waits for the decision on its Execute. */
  waiting: string | null;
  /** Something of it may have changed what names stand for; what follows has to know. */
  unsettled: boolean;
  /** As far as it has come, it is in a transaction that the client has opened. */
  inBlock: boolean;
  /** It has led out of the failed transaction in which it began: as what it stands, the server has not said yet. */
  mended: boolean;
  /** Its client has asked for the answers to what it has sent so far, and sent nothing since. */
  flushed: boolean;
  /** The unnamed statement is one of before, and lasts until there is another, or a simple query. */
  readonly keepsUnnamed: boolean;
  /** All of it so far is reads, and the server's read-only lock is on. */
  readOnly: boolean;
  /** What ran of it leaves nothing of its transaction to what follows. */
  leavesNothing: boolean;
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

/** Whether the message goes on with this portal. */
export function namesPortal(message: FrontendMessage | undefined, name: string): boolean {
  if (message?.kind === "execute") return message.portal === name;
  return message?.kind === "describe" && message.target === "portal" && message.name === name;
}
