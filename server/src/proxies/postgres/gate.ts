/** What an answer must wait for before any of it reaches the client: the record of the action behind it. */
export interface Gate {
  readonly state: () => "open" | "waiting" | "failed";
  /** Called once when a waiting gate has opened or failed. */
  readonly onSettled: (call: () => void) => void;
}

export const openGate: Gate = { state: () => "open", onSettled: (call) => call() };

export function gateOf(promise: Promise<void>): Gate {
  let state: "open" | "waiting" | "failed" = "waiting";
  let calls: readonly (() => void)[] = [];
  const settle = (to: "open" | "failed") => {
    state = to;
    for (const call of calls) call();
    calls = [];
  };
  promise.then(
    () => settle("open"),
    () => settle("failed"),
  );
  return {
    state: () => state,
    onSettled: (call) => {
      if (state === "waiting") calls = [...calls, call];
      else call();
    },
  };
}
