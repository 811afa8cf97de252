/** What a route can answer: its own success, or a problem. */
import { z } from "@hono/zod-openapi";
import { problem } from "./schemas/problem.ts";

const problems = {
  description: "A failure; `code` says which (RFC 9457)",
  content: { "application/problem+json": { schema: problem } },
};

export function answers<Status extends 200 | 201, Schema extends z.ZodType>(
  status: Status,
  schema: Schema,
  description: string,
) {
  const success = { description, content: { "application/json": { schema } } };
  return { [status]: success, default: problems } as Record<Status, typeof success>;
}

export function nothing(description: string) {
  return { 204: { description }, default: problems } as {
    readonly 204: { readonly description: string };
  };
}

export function eventAnswer(description: string) {
  const success = { description, content: { "text/event-stream": { schema: z.string() } } };
  return { 200: success, default: problems } as { readonly 200: typeof success };
}

export function textAnswer(description: string) {
  const success = { description, content: { "text/plain": { schema: z.string() } } };
  return { 200: success, default: problems } as { readonly 200: typeof success };
}
