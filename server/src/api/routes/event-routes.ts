/** What changes, as it changes, for pages that are open. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { eventAnswer } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import { openEventStream } from "#/api/event-stream.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import type { StreamOwner, Streams } from "#/api/streams.ts";
import { findCaller } from "#/identity/authenticate.ts";
import type { Caller } from "#/identity/caller.ts";
import type { Store } from "#/store/store.ts";

export function addEventRoutes(
  app: OpenAPIHono<ApiEnv>,
  { store, authentication, clock }: ApiDeps,
  guard: Guard,
  streams: Streams,
): void {
  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/events",
      operationId: "streamEvents",
      summary: "Reviews that change, as they change",
      description:
        "Server-sent events `hello`, `changes` and `bye`, each with data `{ reviews: [id] }`. Resumes after the event that Last-Event-ID names.",
      request: { headers: z.object({ "last-event-id": z.string().optional() }) },
      responses: eventAnswer("The stream, until the session ends or the gateway stops"),
    }),
    async (context) => {
      const { caller, credential } = context.var;
      const after = await cursorOf(context.req.header("last-event-id"), store);
      const { outgoing } = context.env;
      const headers = {
        "content-type": "text/event-stream; charset=utf-8",
        // When the stream ends the connection does, so that a gateway that stops waits for nobody.
        connection: "close",
        // Asks nginx not to hold events back.
        "x-accel-buffering": "no",
      };
      // Of an answer without a body nobody would ever end the stream.
      if (context.req.method === "HEAD") return context.body(null, 200, headers);
      const stream = streams.add(ownerOf(caller), (onEnd) =>
        openEventStream({
          store,
          clock,
          after,
          async isSignedIn() {
            const now = await findCaller(authentication, { ...credential, isActivity: false });
            return now !== null && now.kind !== "agent";
          },
          cut: () => outgoing.destroy(),
          onEnd,
        }),
      );
      outgoing.once("close", () => stream.end("stop"));
      return context.body(stream.body, 200, headers);
    },
  );
}

/** One that is not ours, or of which the store knows nothing yet, begins now. */
async function cursorOf(
  header: string | undefined,
  store: Pick<Store, "latestChange">,
): Promise<number> {
  const latest = await store.latestChange();
  if (header === undefined || !/^\d{1,15}$/.test(header)) return latest;
  return Number(header) <= latest ? Number(header) : latest;
}

function ownerOf(caller: Caller): StreamOwner {
  if (caller.kind !== "person") return { person: caller.kind, session: null };
  return { person: caller.person.id, session: caller.session?.hash ?? null };
}
