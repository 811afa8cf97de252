/** A message of the client's whose answer is waited for, because what comes next depends on it. */

import type { Sent } from "#/proxies/postgres/dialogue/sent.ts";
import type { Answer, Passing } from "#/proxies/postgres/reply/expected.ts";
import type { Gate } from "#/proxies/postgres/reply/gate.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";

export type Ending =
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "skipped"; readonly cause: Error }
  | { readonly kind: "lost"; readonly cause: Error };

export function sendAwaited(
  { dialogue }: SessionParts,
  kind: "query" | "execute",
  {
    bytes,
    followed = {},
    ...sent
  }: {
    readonly bytes: Buffer;
    readonly gate?: Gate;
    readonly followed?: Sent;
    readonly passing: Passing;
  },
): Promise<Ending> {
  return new Promise((resolve) => {
    dialogue.send(kind, bytes, {
      ...(followed.told === undefined ? {} : { told: followed.told }),
      ...(followed.onCopyIn === undefined ? {} : { onCopyIn: followed.onCopyIn }),
      ...(sent.gate === undefined ? {} : { gate: sent.gate }),
      passing: sent.passing,
      onAnswer: (answer) => resolve({ kind: "answered", answer }),
      onSkipped: () => resolve({ kind: "skipped", cause: new Error("an earlier message failed") }),
      onLost: (cause) => resolve({ kind: "lost", cause }),
    });
  });
}
