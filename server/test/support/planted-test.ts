/**
 * Plants every value of a table, and looks for each in everything that comes out: it is where the table says, and in no
 * form anywhere else.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserMissing } from "./browser-program.ts";
import { type OutputName, outputNames, type Plant, valueOf } from "./plant.ts";
import { collectOutputs } from "./planted-outputs.ts";
import { openPlantedScene, type PlantedScene } from "./planted-scene.ts";
import { type Haystack, haystackOf, tracesOf } from "./traces.ts";

const names = outputNames.filter(
  (name) => browserMissing === null || name !== "the console's pages",
);

/** Some hundred commands and as many pages, on a machine that may be busy. */
const collectMs = 400_000;

/** One test for each row of the table. */
export function testPlants(plants: readonly Plant[]): void {
  let scene: PlantedScene;
  const planted = new Map<string, string | Buffer>();
  const unplanted = new Map<string, unknown>();
  const outputs = new Map<OutputName, Haystack>();

  const plantAndCollect = async () => {
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
  };
  before(plantAndCollect, { timeout: collectMs });
  after(() => scene.close());

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

  test("no two values that are planted are the same, and none could be anywhere by chance", () => {
    const values = [...planted.values()];
    assert.equal(new Set(values.map(String)).size, plants.length);
    for (const value of values) assert.ok(value.length > 8);
  });
}
