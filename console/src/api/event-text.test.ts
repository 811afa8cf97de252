import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createEventReader, lineCharsMax } from "./event-text.ts";

const text = [
  "retry: 2000\nid: 7\nevent: hello\ndata: {}\n\n",
  ": a heartbeat\n\n",
  'event: changes\r\nid: 8\r\ndata: {"reviews":\r\ndata: ["r1"]}\r\n\r\n',
  "data:x\n\n",
].join("");

const events = [
  { event: "retry", data: "2000", id: null },
  { event: "hello", data: "{}", id: "7" },
  { event: "changes", data: '{"reviews":\n["r1"]}', id: "8" },
  { event: "message", data: "x", id: "8" },
];

test("events are told once they are whole, however the text is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const read = createEventReader();
      const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const told = places.slice(1).flatMap((end, index) => read(text.slice(places[index], end)));
      expect(told).toEqual(events);
    }),
  );
});

test("an event that never ends is never told", () => {
  expect(createEventReader()("event: hello\ndata: {}\n")).toEqual([]);
});

test("a line without an end is refused before it fills the memory", () => {
  const read = createEventReader();
  expect(() => read(`data: ${"x".repeat(lineCharsMax)}`)).toThrow(/too long/);
});
