/** What the upstream gets of a COPY's data, and what the outcome says of it, without a database. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Outcome } from "#/core/protocol.ts";
import { frontend } from "#/proxies/postgres/wire/codec.ts";
import { decodeFrontend } from "#/proxies/postgres/wire/decode-frontend.ts";
import { copyDoneFrame, encodeCopyData } from "#/proxies/postgres/wire/encode-frontend.ts";
import { FrameSplitter } from "#/proxies/postgres/wire/frame-splitter.ts";
import { type Received } from "#/proxies/postgres/wire/inbox.ts";
import { CopyPayload } from "./copy-payload.ts";
import { loadingFate } from "./loading.ts";
import { CopyStream } from "./stream.ts";
import { SpoolUpload } from "./upload.ts";

const sha256 = (data: Buffer) => createHash("sha256").update(data).digest("hex");

/** What was fed, as messages. */
function createUpstream() {
  const fed: Buffer[] = [];
  const feed = (bytes: Buffer) => {
    fed.push(Buffer.from(bytes));
    return undefined;
  };
  let isLost = false;
  return {
    feed,
    pass: feed,
    hangUp: () => void (isLost = true),
    /** Whether the last of what was fed is the end of a message, or nothing more will be read. */
    isSound() {
      const splitter = new FrameSplitter({ direction: "frontend" });
      splitter.push(Buffer.concat(fed));
      while (splitter.next() !== undefined);
      return isLost || splitter.bytesWaiting === 0;
    },
    messages() {
      const splitter = new FrameSplitter({ direction: "frontend" });
      splitter.push(Buffer.concat(fed));
      const messages = [];
      for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
        if (item.kind === "frame") messages.push(decodeFrontend(item));
      }
      return messages;
    },
  };
}

async function* chunksOf(...chunks: readonly (Buffer | Error)[]): AsyncGenerator<Buffer, void> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield chunk;
  }
}

async function upload(sha: string, ...chunks: readonly (Buffer | Error)[]) {
  const upstream = createUpstream();
  const loading = new SpoolUpload({ read: () => chunksOf(...chunks) }, sha, upstream);
  loading.begin();
  await loading.done;
  return { loading, kinds: upstream.messages().map(({ kind }) => kind) };
}

test("kept data is ended only if it is what its digest says, and else failed", async () => {
  const parts = [Buffer.from("one\n"), Buffer.from("two\n")];
  const whole = Buffer.concat(parts);
  const right = await upload(sha256(whole), ...parts);
  assert.deepEqual(right.kinds, ["copy_data", "copy_data", "copy_done"]);
  assert.ok(right.loading.isWhole);
  const changed = [parts[0] ?? whole, Buffer.from("twO\n")];
  for (const chunks of [
    changed,
    parts.slice(1),
    [...parts, whole],
    [...parts, new Error("disk")],
  ]) {
    const wrong = await upload(sha256(whole), ...chunks);
    assert.equal(wrong.kinds.at(-1), "copy_fail");
    assert.ok(!wrong.kinds.includes("copy_done"));
    assert.ok(!wrong.loading.isWhole);
  }
});

test("data that has not ended is never ended once the upstream has answered", async () => {
  const upstream = createUpstream();
  const gate = Promise.withResolvers<void>();
  async function* slow(): AsyncGenerator<Buffer, void> {
    yield Buffer.from("one\n");
    await gate.promise;
  }
  const loading = new SpoolUpload({ read: slow }, sha256(Buffer.from("one\n")), upstream);
  loading.begin();
  loading.stop();
  await loading.done;
  gate.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!loading.isWhole);
  assert.ok(!upstream.messages().some(({ kind }) => kind === "copy_done"));
});

/** As an inbox delivers it: in runs, cut wherever the network cut them. */
function runsOf(bytes: Buffer, size: number): readonly Received[] {
  const splitter = new FrameSplitter({ direction: "frontend" });
  splitter.passInRuns([frontend.copyData]);
  const runs: Received[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    splitter.push(bytes.subarray(at, at + size));
    for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
      const message =
        item.kind === "frame"
          ? decodeFrontend(item)
          : ({ kind: "copy_data", data: Buffer.alloc(0) } as const);
      runs.push({ message, bytes: Buffer.from(item.bytes) });
    }
  }
  return runs;
}

const messages = fc.array(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 20 },
);
const cut = fc.integer({ min: 1, max: 100 });

test("the data is the same however it is cut into messages and the messages into chunks", () => {
  fc.assert(
    fc.property(messages, cut, (parts, size) => {
      const payload = new CopyPayload();
      const runs = runsOf(Buffer.concat(parts.map((part) => encodeCopyData(part))), size);
      const data = Buffer.concat(runs.map(({ bytes }) => Buffer.from(payload.of(bytes))));
      assert.ok(data.equals(Buffer.concat(parts)));
    }),
  );
});

test("data that goes by is passed on as it came, and known by digest and size once it has ended", () => {
  fc.assert(
    fc.property(messages, cut, (parts, size) => {
      const upstream = createUpstream();
      const stream = new CopyStream(upstream, () => {});
      stream.begin();
      const bytes = Buffer.concat([...parts.map((part) => encodeCopyData(part)), copyDoneFrame]);
      for (const received of runsOf(bytes, size)) void stream.take(received);
      const data = Buffer.concat(parts);
      assert.deepEqual(stream.sent, { sha256: sha256(data), bytes: data.length });
      assert.ok(!stream.isOpen);
      const passed = upstream.messages();
      assert.equal(passed.at(-1)?.kind, "copy_done");
      assert.deepEqual(
        passed.flatMap((each) => (each.kind === "copy_data" ? [each.data] : [])),
        parts,
      );
    }),
  );
});

const ends = fc.constantFrom("stop", "cancel", "abandon");

test("whoever ends data that goes by, the upstream is left with whole messages, or hung up on", () => {
  fc.assert(
    fc.property(messages, cut, fc.nat(40), ends, (parts, size, at, how) => {
      const upstream = createUpstream();
      const stream = new CopyStream(upstream, () => {});
      stream.begin();
      const bytes = Buffer.concat(parts.map((part) => encodeCopyData(part)));
      for (const [index, received] of runsOf(bytes, size).entries()) {
        if (index === at) stream[how]();
        if (stream.isOpen) void stream.take(received);
      }
      stream[how]();
      assert.ok(!stream.isOpen);
      assert.ok(upstream.isSound());
      const failed = upstream.messages().filter(({ kind }) => kind === "copy_fail").length;
      assert.ok(failed <= 1);
      if (how === "cancel") assert.equal(failed, 1);
    }),
  );
});

test("an outcome that is lost is unknown only where the data may have been loaded", () => {
  const outcomes: (Outcome | Error)[] = [];
  const fate = {
    resolve: (outcome: Outcome) => void outcomes.push(outcome),
    lost: (cause: Error) => void outcomes.push(cause),
  };
  const stream = new CopyStream(createUpstream(), () => {});
  stream.begin();
  const gone = new Error("gone");
  loadingFate(stream, fate).lost(gone);
  assert.ok(!stream.isOpen);
  void stream.take({ message: { kind: "copy_done" }, bytes: copyDoneFrame });
  loadingFate(stream, fate).lost(gone);
  const done = { state: "executed", detail: "COPY 0", rows: 0 } as const;
  loadingFate(stream, fate).resolve(done);
  assert.deepEqual(outcomes, [
    { state: "failed", detail: "its data never ended" },
    gone,
    { ...done, data: { sha256: sha256(Buffer.alloc(0)), bytes: 0 } },
  ]);
});
