/**
 * The wire types of `sdk/src/wire/` as schemas: what requests are parsed with, and what the OpenAPI
 * document says. `server/test/api-document.test.ts` equates the two.
 *
 * Requests take no field that they do not know; answers may gain fields.
 */
import { z } from "@hono/zod-openapi";
import { reviewStates, verdictKinds } from "#/core/review.ts";

export const text = z.string();

export const time = z.iso.datetime().describe("ISO-8601, UTC");

export const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "is not 64 characters of lower-case hex")
  .describe("Lower-case hex SHA-256");

export const state = z.enum(reviewStates);

export const verdict = z.enum(verdictKinds);

export const texts = z.array(text).readonly();

export const next = text.nullable().describe("Where the next page begins; null at the end");
