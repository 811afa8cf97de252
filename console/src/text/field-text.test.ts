import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fieldText, textOfField } from "./field-text.ts";

const texts = fc.array(fc.constantFrom("a", "\r", "\n", "\r\n", " "), { maxLength: 12 });

test("a text that nobody touched comes back from its field as it was", () => {
  fc.assert(
    fc.property(texts, (parts) => {
      const text = parts.join("");
      expect(textOfField(fieldText(text), text)).toBe(text);
    }),
  );
});

test("an edited text keeps the line ends that all of its lines had", () => {
  expect(textOfField("a\nb\nc", "a\r\nb")).toBe("a\r\nb\r\nc");
  expect(textOfField("a\nb\nc", "a\nb")).toBe("a\nb\nc");
  expect(textOfField("a\nb\nc", "a\r\nb\n")).toBe("a\nb\nc");
});
