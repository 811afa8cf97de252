/**
 * Where the links in notices and sign-in links lead: a page of plain text that says how to go on. It tells
 * nothing about a review, because whoever opens it has not signed in.
 */
import type { Hono } from "hono";
import type { ApiEnv } from "./guard.ts";

const command = "npx --no-install countersign";

export function addLinks(app: Hono<ApiEnv>): void {
  app.get("/reviews/:id{rev_[0-9a-z]{26}}", (context) => {
    const id = context.req.param("id");
    return context.text(
      `Review ${id}\n\nLook at it and decide on the command line:\n\n  ${command} show ${id}\n  ${command} approve ${id}\n`,
    );
  });
  app.get("/sign-in", (context) =>
    context.text(
      `A sign-in link. Use it on the command line, whole, with what stands behind the #:\n\n  ${command} sign-in 'LINK'\n`,
    ),
  );
}
