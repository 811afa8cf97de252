/**
 * A tool that tells its progress step by step, each only once its client has said that it heard the last: a client may
 * drop what comes together with the answer, and on a busy machine everything comes together.
 */
import { type FixtureTool, schemaOf, text } from "./fixture-tool.ts";

const walkSteps = [1, 2, 3] as const;

/** Walks that wait for their client; of all servers that one fixture builds, as a request may reach any of them. */
export type Walks = Map<string, () => void>;

export function walkTools(walks: Walks): readonly FixtureTool[] {
  const inputSchema = schemaOf({ walk: { type: "string" } });
  return [
    {
      name: "walk",
      description: "Tells each step, and goes on once it was heard",
      inputSchema,
      run: async ({ walk }, { mcpReq }) => {
        const progressToken = mcpReq._meta?.progressToken;
        if (progressToken === undefined) return text("Nobody listens.");
        for (const progress of walkSteps) {
          const heard = Promise.withResolvers<void>();
          walks.set(String(walk), heard.resolve);
          const params = { progressToken, progress, total: walkSteps.length };
          await mcpReq.notify({ method: "notifications/progress", params });
          await heard.promise;
        }
        walks.delete(String(walk));
        return text("Walked.");
      },
    },
    {
      name: "step_heard",
      description: "Has the walk go on",
      inputSchema,
      run: ({ walk }) => {
        walks.get(String(walk))?.();
        return text("Noted.");
      },
    },
  ];
}
