/**
 * What is secret or somebody's own comes out where it is meant to, and in no form anywhere else: a table of inputs, in
 * which everything is planted that the product takes, and a table of outputs, in each of which everything is looked for.
 *
 * A new input is one row (`support/plants-of-*.ts`), a new output one name and how it is collected
 * (`support/planted-outputs.ts`).
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserMissing } from "./support/browser-program.ts";
import { type OutputName, outputNames, valueOf } from "./support/plant.ts";
import { collectOutputs } from "./support/planted-outputs.ts";
import { openPlantedScene, type PlantedScene } from "./support/planted-scene.ts";
import { plantsOfCommands } from "./support/plants-of-commands.ts";
import { plantsOfData } from "./support/plants-of-data.ts";
import { plantsOfOperators } from "./support/plants-of-operators.ts";
import { plantsOfPeople } from "./support/plants-of-people.ts";
import { plantsOfRequests } from "./support/plants-of-requests.ts";
import { plantsOfResults } from "./support/plants-of-results.ts";
import { plantsOfSessions } from "./support/plants-of-sessions.ts";
import { type Haystack, haystackOf, tracesOf } from "./support/traces.ts";

const plants = [
  ...plantsOfOperators,
  ...plantsOfSessions,
  ...plantsOfCommands,
  ...plantsOfPeople,
  ...plantsOfRequests,
  ...plantsOfData,
  ...plantsOfResults,
];
const names = outputNames.filter(
  (name) => browserMissing === null || name !== "the console's pages",
);

/** Some hundred commands and as many pages, on a machine that may be busy. */
const collectMs = 170_000;

let scene: PlantedScene;
const planted = new Map<string, string | Buffer>();
const unplanted = new Map<string, unknown>();
const outputs = new Map<OutputName, Haystack>();

before(plantAndCollect, { timeout: collectMs });
after(() => scene.close());

async function plantAndCollect(): Promise<void> {
  scene = await openPlantedScene();
  for (const plant of plants) {
    const value = await valueOf(plant, scene);
    planted.set(plant.name, value);
    await plant.plant?.(scene, String(value)).catch((error: unknown) => {
      unplanted.set(plant.name, error);
    });
  }
  const collected = await collectOutputs(scene);
  for (const name of names) outputs.set(name, haystackOf(collected[name]));
}

test("every output was collected", () => {
  for (const [name, { exact }] of outputs) {
    assert.ok(exact.length > 20, `${name} has ${exact.length} bytes`);
  }
});

for (const { name, seenIn } of plants) {
  const places = seenIn.length === 0 ? "nowhere" : `in ${seenIn.join(", ")}, and nowhere else`;
  test(`${name} is ${places}`, () => {
    assert.ifError(unplanted.get(name));
    const value = planted.get(name) ?? assert.fail("it was planted");
    const found = [...outputs].flatMap(([output, haystack]) => {
      const traces = tracesOf(value, haystack);
      return traces.length === 0 ? [] : [[output, traces] as const];
    });
    const unwanted = found.filter(([output]) => !seenIn.includes(output));
    const seen = found.map(([output]) => output);
    const missing = seenIn.filter((output) => names.includes(output) && !seen.includes(output));
    assert.deepEqual({ unwanted, missing }, { unwanted: [], missing: [] });
  });
}

test("no two values that are planted are the same, and none is so short that it could be anywhere by chance", () => {
  const values = [...planted.values()];
  // One person is there twice: as somebody who does nothing, and as somebody who signs in.
  assert.equal(new Set(values.map(String)).size, plants.length - 1);
  for (const value of values) assert.ok(value.length > 8);
});
