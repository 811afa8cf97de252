import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "#/platform/clock.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import {
  CatalogueChanges,
  catalogueAgeMaxMs,
  confirmedAgeMaxMs,
  shareCatalogue,
} from "./shared-catalogue.ts";

/** A database of which nothing is asked but its version, which each question waits for. */
function open() {
  const clock = manualClock(0);
  const waiting: ((version: string) => void)[] = [];
  const heard = { reads: 0, changes: 0 };
  const ask: Ask = (sql) =>
    sql.includes("hashint8extended")
      ? new Promise((resolve) => waiting.push((version) => resolve([[version]])))
      : Promise.resolve([]);
  const changes = new CatalogueChanges();
  const shared = shareCatalogue({
    clock,
    changes,
    columnsAs: () => null,
    onRead: () => Promise.resolve(void (heard.reads += 1)),
    onChanged: () => void (heard.changes += 1),
  });
  const refresh = async (version: string, tookMs = 0) => {
    const refreshing = shared.refresh(ask);
    while (waiting.length === 0) await Promise.resolve();
    clock.advance(tookMs);
    waiting.shift()?.(version);
    return refreshing;
  };
  return { clock, shared, changes, heard, ask, waiting, refresh };
}

test("a catalogue of the same version stands, and is read again and forgotten elsewhere where it is another or too old", async () => {
  const { clock, shared, changes, heard, refresh } = open();
  const first = await refresh("one");
  assert.deepEqual(heard, { reads: 1, changes: 1 });
  clock.advance(confirmedAgeMaxMs);
  assert.equal(shared.fresh(), first);
  clock.advance(1);
  assert.equal(shared.fresh(), null);
  assert.equal(await refresh("one"), first);
  assert.equal(shared.fresh(), first);
  assert.deepEqual(heard, { reads: 1, changes: 1 });

  const second = await refresh("two");
  assert.notEqual(second, first);
  assert.equal(shared.fresh(), second);
  assert.deepEqual(heard, { reads: 2, changes: 2 });

  // What the gateway itself has sent may have changed what no version tells of.
  changes.begin()();
  assert.equal(shared.isSure(second), false);
  const third = await refresh("two");
  assert.notEqual(third, second);
  assert.equal(shared.isSure(third), true);
  clock.advance(catalogueAgeMaxMs + 1);
  assert.notEqual(await refresh("two"), third);
  assert.deepEqual(heard, { reads: 4, changes: 2 });
});

test("a catalogue that came into doubt while it was asked about is on record before it is read again", async () => {
  const { clock, shared, changes, heard, ask, waiting, refresh } = open();
  const first = await refresh("one");
  clock.advance(confirmedAgeMaxMs + 1);
  const asking = shared.refresh(ask);
  while (waiting.length === 0) await Promise.resolve();
  changes.begin()();
  waiting.shift()?.("one");
  assert.notEqual(await asking, first);
  assert.deepEqual(heard, { reads: 2, changes: 1 });
});

test("while one session asks the others go on, and none for longer than twice as long", async () => {
  const { clock, shared, ask, waiting, refresh } = open();
  const first = await refresh("one");
  clock.advance(confirmedAgeMaxMs + 1);
  const asking = shared.refresh(ask);
  while (waiting.length === 0) await Promise.resolve();
  assert.equal(shared.fresh(), first);
  clock.advance(confirmedAgeMaxMs - 1);
  assert.equal(shared.fresh(), first);
  clock.advance(2);
  assert.equal(shared.fresh(), null);
  waiting.shift()?.("one");
  assert.equal(await asking, first);
  // As of when it was asked, not of when it was answered.
  assert.equal(shared.fresh(), null);
});

test("of a database that takes long to answer, again and again, the question is asked more seldom", async () => {
  const { clock, shared, refresh } = open();
  const first = await refresh("one");
  await refresh("one", 100);
  clock.advance(confirmedAgeMaxMs - 99);
  assert.equal(shared.fresh(), null);
  await refresh("one", 200);
  clock.advance(50 * 100 - 200);
  assert.equal(shared.fresh(), first);
  clock.advance(1);
  assert.equal(shared.fresh(), null);
});
