/** A browser's session, in a cookie that no script can read; and the end of any session. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { answers, nothing } from "#/api/answers.ts";
import { clearCookie, setCookie } from "#/api/cookie.ts";
import { credentialOf } from "#/api/credential.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { presentTime } from "#/api/present/present-time.ts";
import type { Redeem } from "#/api/redeem.ts";
import { browserSession, signInRequest } from "#/api/schemas/sign-in.ts";
import type { Streams } from "#/api/streams.ts";
import { GatewayError } from "#/core/errors.ts";
import { findCaller } from "#/identity/authenticate.ts";
import type { Caller } from "#/identity/caller.ts";
import { endSession } from "#/identity/sessions.ts";

export function addSessionRoutes(
  app: OpenAPIHono<ApiEnv>,
  deps: ApiDeps,
  guard: Guard,
  { redeem, streams }: { readonly redeem: Redeem; readonly streams: Streams },
): void {
  const { authentication, publicUrl, clock } = deps;

  /** Ends it for good, and what is open in its name. */
  async function end(caller: Caller | null): Promise<"ended" | "none"> {
    if (caller?.kind !== "person" || caller.session === null) return "none";
    await endSession(authentication, { hash: caller.session.hash, person: caller.person });
    streams.end(caller.session.hash);
    return "ended";
  }

  app.openapi(
    createRoute({
      ...guard("public"),
      method: "post",
      path: "/session",
      operationId: "openSession",
      summary: "Redeem a one-time sign-in link for a session in a cookie",
      description: "For browsers. A session that the browser had before ends.",
      request: {
        body: { required: true, content: { "application/json": { schema: signInRequest } } },
      },
      responses: answers(201, browserSession, "The session; its token is in the cookie alone"),
    }),
    async (context) => {
      const { code } = context.req.valid("json");
      const { person, token, expiresAt } = await redeem(context, code, "cookie");
      await end(await earlierCaller(context, deps));
      const lifeMs = expiresAt - clock.now();
      context.header("set-cookie", setCookie(token, lifeMs, publicUrl()));
      return context.json({ person: person.name, expiresAt: presentTime(expiresAt) }, 201);
    },
  );

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "delete",
      path: "/session",
      operationId: "closeSession",
      summary: "End the caller's own session for good",
      responses: nothing("It has ended"),
    }),
    async (context) => {
      if ((await end(context.var.caller)) === "none") {
        throw new GatewayError(
          "identity.forbidden",
          "The data folder's credential is no session; there is nothing to end.",
        );
      }
      context.header("set-cookie", clearCookie(publicUrl()));
      return context.body(null, 204);
    },
  );
}

/** Whose session the browser's cookie is, if it is anybody's. */
async function earlierCaller(
  context: Context<ApiEnv>,
  { authentication, publicUrl }: ApiDeps,
): Promise<Caller | null> {
  try {
    const credential = credentialOf(context, publicUrl());
    if (credential.carrier !== "cookie") return null;
    return await findCaller(authentication, { ...credential, isActivity: false });
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
}
