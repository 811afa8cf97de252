/**
 * Loads test files, named as arguments, into this one process.
 *
 * Instead of `node --test --test-isolation=none`, which exits with 0 when a file throws while loading
 * after it has registered a test: the rest of its tests would vanish unseen. Here that is a failed test.
 */
import { test } from "node:test";
import { pathToFileURL } from "node:url";

for (const file of process.argv.slice(2)) {
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    test(`${file} loads`, () => {
      throw error;
    });
  }
}
