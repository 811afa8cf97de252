/** Signing in, and what administrators hand out: sign-in links and agents' tokens. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { answers } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { presentTime } from "#/api/present/present-time.ts";
import type { Redeem } from "#/api/redeem.ts";
import { createdAgent, createdLink, signedIn, signInRequest } from "#/api/schemas/sign-in.ts";
import type { Caller } from "#/identity/caller.ts";
import { personNamed } from "#/identity/people.ts";
import { type LinkMaker, makeLink } from "#/identity/sign-in.ts";

export function addIdentityRoutes(
  app: OpenAPIHono<ApiEnv>,
  deps: ApiDeps,
  guard: Guard,
  redeem: Redeem,
): void {
  const { authentication, agents, agentUrls, publicUrl, clock } = deps;

  app.openapi(
    createRoute({
      ...guard("public"),
      method: "post",
      path: "/sign-in",
      operationId: "signIn",
      summary: "Redeem a one-time sign-in link for a session",
      request: {
        body: { required: true, content: { "application/json": { schema: signInRequest } } },
      },
      responses: answers(200, signedIn, "The session"),
    }),
    async (context) => {
      const { code } = context.req.valid("json");
      const { person, token, expiresAt } = await redeem(context, code, "header");
      return context.json({ person: person.name, token, expiresAt: presentTime(expiresAt) }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("administrators"),
      method: "post",
      path: "/people/{name}/links",
      operationId: "createLink",
      summary: "Make a one-time sign-in link for a person",
      request: { params: nameParams },
      responses: answers(201, createdLink, "The link, shown once"),
    }),
    async (context) => {
      const person = personNamed(authentication.people, context.req.valid("param").name);
      const { code, expiresAt } = await makeLink(
        authentication,
        person,
        makerOf(context.var.caller),
      );
      const url = `${publicUrl()}/sign-in#${code}`;
      return context.json({ person: person.name, url, expiresAt: presentTime(expiresAt) }, 201);
    },
  );

  app.openapi(
    createRoute({
      ...guard("administrators"),
      method: "post",
      path: "/agents/{name}/token",
      operationId: "createToken",
      summary: "Give a declared agent a new token; an earlier one stops working",
      request: { params: nameParams },
      responses: answers(201, createdAgent, "The token and connection strings, shown once"),
    }),
    async (context) => {
      const { name } = context.req.valid("param");
      const token = await agents.issueToken(name, clock.now());
      return context.json({ name, token, urls: agentUrls(name, token) }, 201);
    },
  );
}

function makerOf(caller: Caller): LinkMaker {
  if (caller.kind !== "person") return "operator";
  return { person: caller.person.id, vouchers: caller.vouchers };
}

const nameParams = z.object({ name: z.string().min(1).max(63) });
