/** The audit log. */
import { z } from "@hono/zod-openapi";
import { next, text, time } from "./values.ts";

export const logEntry = z
  .object({
    index: z.int(),
    type: text.nullable(),
    at: time.nullable(),
    actionId: text.nullable(),
    reviewId: text.nullable(),
    leafHash: text.describe("Lower-case hex, as stored beside the leaf"),
    leaf: z.record(text, z.unknown()).readonly().nullable(),
    bytes: text.describe("Base64 of the leaf exactly as it is hashed"),
  })
  .readonly()
  .openapi("LogEntry");

export const logPage = z
  .object({ items: z.array(logEntry).readonly(), next })
  .readonly()
  .openapi("LogPage");
