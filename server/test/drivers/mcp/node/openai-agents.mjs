/** OpenAI Agents SDK for TypeScript. Its own patience is five seconds, less than people need. */
import { MCPServerStreamableHttp } from "@openai/agents";
import { calls, headers, sorted, tell, url } from "./told.mjs";

const server = new MCPServerStreamableHttp({
  url,
  requestInit: { headers },
  clientSessionTimeoutSeconds: 60,
});
await server.connect();
tell("tools", sorted((await server.listTools()).map(({ name }) => name)));
for (const [name, given] of calls) {
  const result = await server.callTool(name, given);
  tell(name, [result.isError === true, (result.content ?? result)[0].text]);
}
await server.close();
