/** Failures. */
import { z } from "@hono/zod-openapi";
import { text, texts } from "./values.ts";

export const problem = z
  .object({
    type: text,
    title: text,
    status: z.int(),
    detail: text,
    code: text.describe("Stable; docs/reference/errors.md lists them all"),
    problems: texts,
    errorId: text.nullable().describe("Finds an unexpected failure in the gateway's own log"),
  })
  .readonly()
  .openapi("Problem");
