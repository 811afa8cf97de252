import assert from "node:assert/strict";
import { test } from "node:test";
import { busyPollMicrosMax, createBusyPoll, type Party, passedOverMax } from "./busy-poll.ts";

/** Busy polling on a loop that is turned by hand. */
function turned({ cores = 2 } = {}) {
  let micros = 1000;
  let calls: (() => void)[] = [];
  const busyPoll = createBusyPoll({
    cores,
    micros: () => micros,
    nextTurn: (call) => calls.push(call),
  });
  /** Turns until the loop would sleep, each for a microsecond; how many of them. */
  const untilAsleep = () => {
    let turns = 0;
    for (; calls.length > 0; turns += 1) {
      micros += 1;
      const due = calls;
      calls = [];
      for (const call of due) call();
    }
    return turns;
  };
  const alone = () => {
    const party = busyPoll.party();
    while (calls.length === 0) party.expects();
    party.heard();
    untilAsleep();
    return party;
  };
  return { busyPoll, untilAsleep, alone };
}

test("who is alone is waited for awake, for no longer than the bound", () => {
  const { alone, untilAsleep } = turned();
  const party = alone();
  party.expects();
  assert.equal(untilAsleep(), busyPollMicrosMax);
});

test("it ends with what was waited for", () => {
  const { alone, untilAsleep } = turned();
  const party = alone();
  party.expects();
  party.heard();
  assert.equal(untilAsleep(), 1);
});

test("parties that take turns are waited for asleep", () => {
  const { busyPoll, untilAsleep } = turned();
  const parties = [busyPoll.party(), busyPoll.party()];
  for (let round = 0; round < 100; round += 1) {
    for (const party of parties) {
      party.heard();
      party.expects();
      assert.equal(untilAsleep(), 0);
    }
  }
});

test("what somebody else hears does not count as the answer", () => {
  const { busyPoll, alone, untilAsleep } = turned();
  const party = alone();
  party.expects();
  busyPoll.party().heard();
  assert.equal(untilAsleep(), busyPollMicrosMax);
});

test("where nothing comes it is kept ever more seldom, and after what came in time as often again", () => {
  const { alone, untilAsleep } = turned();
  const party = alone();
  const asleep = (): number => {
    for (let count = 0; ; count += 1) {
      party.expects();
      if (untilAsleep() > 0) return count;
    }
  };
  const counts = Array.from({ length: 9 }, asleep);
  assert.deepEqual(counts, [0, 1, 3, 7, 15, 31, 63, passedOverMax, passedOverMax]);
  for (let round = 0; round < 8; round += 1) heardInTime(party, untilAsleep);
  assert.equal(asleep(), 0);
});

/** Once more than it is passed over. */
function heardInTime(party: Party, untilAsleep: () => number): void {
  for (;;) {
    party.expects();
    party.heard();
    if (untilAsleep() > 0) return;
  }
}

test("on a single core nobody is waited for awake", () => {
  const { busyPoll, untilAsleep } = turned({ cores: 1 });
  const party = busyPoll.party();
  for (let round = 0; round < 100; round += 1) party.expects();
  assert.equal(untilAsleep(), 0);
});
