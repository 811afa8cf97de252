/** Vercel AI SDK. */
import { createMCPClient } from "@ai-sdk/mcp";
import { calls, headers, sorted, tell, url } from "./told.mjs";

const client = await createMCPClient({ transport: { type: "http", url, headers } });
const tools = await client.tools();
tell("tools", sorted(Object.keys(tools)));
for (const [name, given] of calls) {
  const result = await tools[name].execute(given, { toolCallId: name, messages: [] });
  tell(name, [result.isError === true, result.content[0].text]);
}
await client.close();
