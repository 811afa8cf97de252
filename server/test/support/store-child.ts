/**
 * A process that writes to a store and says on standard output what was acknowledged, a line each, only once
 * it was. Run as `node store-child.ts FOLDER WORK COUNT`.
 */
import fs from "node:fs";
import { GatewayError } from "#/core/errors.ts";
import { draft, pendingReview } from "#/store/conformance/fixtures.ts";
import type { Store } from "#/store/store.ts";
import { openFolder } from "./sqlite-store.ts";

const [dir = "", work = "", count = "0"] = process.argv.slice(2);

/** At once, not when the event loop comes to it; where the reader is behind, as soon as it has caught up. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += fs.writeSync(1, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

const works: Readonly<Record<string, (store: Store, count: number) => Promise<void>>> = {
  /** One verb after the other. */
  async sequential(store, verbs) {
    for (let verb = 0; verb < verbs; verb += 1) await store.append([draft(`${verb}`)]);
    say("done");
  },
  /** 64 verbs at a time. */
  async parallel(store, rounds) {
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(Array.from({ length: 64 }, (_, at) => store.append([draft(`${at}`)])));
    }
    say("done");
  },
  /** Reviews with two records each, and records alone, until it is killed. */
  async mixed(store, writers) {
    const run = async (writer: number) => {
      for (let turn = 0; ; turn += 1) {
        const name = `${process.pid}-${writer}-${turn}`;
        const opening = [draft(`${name}-a`), draft(`${name}-b`)];
        await store.openReview(pendingReview(name), Number.MAX_SAFE_INTEGER, opening);
        say(`review ${name}`);
        await store.append([draft(`${name}-c`), draft(`${name}-d`)]);
        say(`record ${name}`);
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => run(writer)));
  },
  /** Three records at a time until that fails; then what is still possible. */
  async untilFailure(store, turnsMax) {
    for (let turn = 0; turn < turnsMax; turn += 1) {
      const verbs = ["x", "y"].map((name) => store.append([draft(name), draft(name), draft(name)]));
      const [first, second] = await Promise.allSettled(verbs);
      if (first?.status === "rejected" && second?.status === "rejected") {
        say(`failed ${codeOf(first.reason)} ${codeOf(second.reason)}`);
        const again = store.append([draft("z")]);
        say(`again ${await again.then(() => "done", codeOf)}`);
        say(`size ${(await store.logHead()).size}`);
        say(`status ${store.status().state}`);
        process.kill(process.pid, "SIGKILL");
      }
      say(`acknowledged ${turn + 1}`);
    }
  },
  async hold() {
    say("open");
    await new Promise(() => process.stdin.resume());
  },
};

function codeOf(error: unknown): string {
  return error instanceof GatewayError ? error.code : String(error);
}

const store = await openFolder(dir);
await works[work]?.(store, Number(count));
await store.close();
