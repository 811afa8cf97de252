/** Credentials and sessions. */
import { z } from "@hono/zod-openapi";
import { text, time } from "./values.ts";

export const createdAgent = z
  .object({
    name: text,
    token: text.describe("Shown once"),
    urls: z
      .array(
        z
          .object({
            connection: text,
            url: text,
            kind: z
              .enum(["postgres", "mcp", "mcp_client"])
              .describe("`mcp_client`: its server is a program that the agent's client starts"),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly()
  .openapi("CreatedAgent");

export const createdLink = z
  .object({ person: text, url: text, expiresAt: time })
  .readonly()
  .openapi("CreatedLink");

export const signInRequest = z
  .strictObject({ code: text.min(1).max(200).describe("What follows the # of a sign-in link") })
  .readonly()
  .openapi("SignInRequest");

export const signedIn = z
  .object({ person: text, token: text, expiresAt: time })
  .readonly()
  .openapi("SignedIn");

export const browserSession = z
  .object({ person: text, expiresAt: time.describe("At the latest") })
  .readonly()
  .openapi("BrowserSession");
