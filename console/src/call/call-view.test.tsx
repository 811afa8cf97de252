import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { CallView } from "./call-view.tsx";

test("what is masked stands there as a chip, a key as well as a value, and nothing else does", () => {
  const command =
    '{"method":"tools/call","name":"share","arguments":{"<EMAIL_1>":{"role":"<EMAIL_1>","ssn":<US_SSN_1>},"note":"<EMAIL_1> is no chip here"}}';
  const spans = [...command.matchAll(/"<EMAIL_1>"(?=[:,])|<US_SSN_1>/g)].map(
    ({ index, 0: text }) => {
      return { start: index, end: index + text.length, title: "It is masked" };
    },
  );
  render(<CallView command={command} label="The call" masked={spans} />);
  const chips = screen.getByRole("figure").querySelectorAll("[data-masked]");
  expect([...chips].map(({ textContent }) => textContent)).toEqual([
    "<EMAIL_1>",
    "<EMAIL_1>",
    "<US_SSN_1>",
  ]);
  expect([...chips].every((chip) => chip.getAttribute("title") === "It is masked")).toBe(true);
  expect(screen.getByText('"', { exact: false }).textContent).toContain("is no chip here");
});
