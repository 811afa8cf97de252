import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { showConsole } from "../console.test-support.tsx";
import { review } from "../review.fixture.ts";

const at = "2026-11-26T08:00:00.000Z";
const called: ReviewDetail = {
  ...review,
  flags: [
    { kind: "invisible", what: "Signs that nobody sees", at: "description", words: "Se\u200bnds" },
  ],
  reads: {
    from: [
      {
        connection: "c\u202erm",
        data: "confidential",
        tools: ["get"],
        toolsMore: 0,
        since: at,
        at,
      },
    ],
    fromMore: 0,
    masked: [],
    isMore: false,
  },
};

test("what the agent has read before stands above the call in words, and below by connection", async () => {
  showConsole("/reviews/rev_1", { review: async () => called });
  const region = await screen.findByRole("region", { name: "What the agent has read before" });
  expect(region.textContent).toContain("cU+202E right-to-left overriderm: confidential data");
  const warning = screen.getByText(/Its session has read confidential data from/);
  const call = screen.getByRole("region", { name: "The command" });
  expect(warning.compareDocumentPosition(call)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
});

test("what a definition hides is spelled out where it is decided on", async () => {
  showConsole("/reviews/rev_1", { review: async () => called });
  const region = await screen.findByRole("region", { name: "What speaks against its tool" });
  expect(region.textContent).toContain("SeU+200B zero width spacends");
  expect(screen.getByText(/there for a model and not for a person/)).toBeTruthy();
});

test("a statement, of which none of this is known, says nothing of it", async () => {
  showConsole("/reviews/rev_1", { review: async () => review });
  await screen.findByRole("region", { name: "The command" });
  expect(screen.queryByRole("region", { name: /read before|speaks against/ })).toBeNull();
});
