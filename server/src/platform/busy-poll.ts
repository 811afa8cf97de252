/**
 * Busy polling: stays awake for a moment where something is about to come. A loop that sleeps has to be woken, and whoever writes to it pays for that;
 * where cores are a virtual machine's, that is a call of its hypervisor, and costs more than all that is done with a short statement.
 *
 * Guarantees that it lasts no longer than `busyPollMicrosMax`, that one party alone is waited for so, as with several the loop
 * seldom sleeps, the more seldom the more often nothing came, and never on a single core, where it would be
 * in the way of whoever is waited for.
 */
import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers";

/** One conversation, such as a session with both of its sides. */
export interface Party {
  /** Something was written or begun, behind which something comes soon, most often. */
  expects(): void;
  /** Something has come. */
  heard(): void;
}

export interface BusyPoll {
  party(): Party;
}

export interface BusyPollOptions {
  readonly cores: number;
  /** Microseconds, from whenever. */
  readonly micros: () => number;
  /** Calls back in the next turn of the event loop, which does not sleep before it. */
  readonly nextTurn: (call: () => void) => void;
}

export const busyPollMicrosMax = 200;
/** How often something is expected asleep behind polls in which nothing came. */
export const passedOverMax = 64;
/** How often one party expects something, with nobody else in between, before it counts as alone. */
const timesAlone = 4;

const system: BusyPollOptions = {
  cores: availableParallelism(),
  micros: () => performance.now() * 1000,
  nextTurn: setImmediate,
};

export function createBusyPoll({ cores, micros, nextTurn }: BusyPollOptions = system): BusyPoll {
  let last: Party | null = null;
  let times = 0;
  /** 0: nothing is waited for. */
  let until = 0;
  let turns = false;
  let passesOver = 0;
  let passedOver = 0;

  function turn(): void {
    if (until > 0 && micros() < until) {
      nextTurn(turn);
      return;
    }
    if (until > 0) passesOver = Math.min(passesOver * 2 + 1, passedOverMax);
    until = 0;
    turns = false;
  }

  function wait(): void {
    if (passedOver < passesOver) {
      passedOver += 1;
      return;
    }
    passedOver = 0;
    until = micros() + busyPollMicrosMax;
    if (turns) return;
    turns = true;
    nextTurn(turn);
  }

  function party(): Party {
    const self: Party = {
      expects() {
        times = self === last ? times + 1 : 0;
        last = self;
        if (times >= timesAlone) wait();
      },
      heard() {
        if (self !== last || until === 0) return;
        until = 0;
        passesOver >>= 1;
      },
    };
    return self;
  }

  return cores > 1 ? { party } : { party: () => nobody };
}

const nobody: Party = { expects() {}, heard() {} };
