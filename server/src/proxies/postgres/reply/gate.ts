/** What an answer must wait for before any of it reaches the client: the record of the action behind it. */
export interface Gate {
  readonly state: () => GateState;
  /** Called once when a waiting gate has opened or failed. */
  readonly onSettled: (call: () => void) => void;
}

type GateState = "open" | "waiting" | "failed";

export const openGate: Gate = { state: () => "open", onSettled: (call) => call() };

export function gateOf(promise: Promise<void>): Gate {
  return new PromisedGate(promise);
}

/** An object of a class, not of closures: one is made for every statement. */
class PromisedGate implements Gate {
  #state: GateState = "waiting";
  #calls: (() => void)[] | null = null;

  constructor(promise: Promise<void>) {
    promise.then(
      () => this.#settle("open"),
      () => this.#settle("failed"),
    );
  }

  state(): GateState {
    return this.#state;
  }

  onSettled(call: () => void): void {
    if (this.#state !== "waiting") call();
    else if (this.#calls === null) this.#calls = [call];
    else this.#calls.push(call);
  }

  #settle(to: GateState): void {
    this.#state = to;
    const calls = this.#calls;
    this.#calls = null;
    for (const call of calls ?? []) call();
  }
}
