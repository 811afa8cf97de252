/**
 * Loads test files, named as arguments, into this one process.
 *
 * Instead of `node --test --test-isolation=none`, which exits with 0 when a file throws while loading
 * after it has registered a test: the rest of its tests would vanish unseen. Here that is a failed test, and so is
 * a file that waits for ever while it loads.
 */
import { test } from "node:test";
import { pathToFileURL } from "node:url";

/** As long as a test may take: some open what they need. */
const loadMs = 150_000;

for (const file of process.argv.slice(2)) {
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(() => tooLate.reject(new Error("It is still loading.")), loadMs);
  try {
    await Promise.race([import(pathToFileURL(file).href), tooLate.promise]);
  } catch (error) {
    test(`${file} loads`, () => {
      throw error;
    });
  } finally {
    clearTimeout(timer);
  }
}
