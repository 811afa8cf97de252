/** LangChain's MCP adapters for TypeScript. */
import { MultiServerMCPClient } from "@langchain/mcp-adapters";
import { calls, headers, sorted, tell, url } from "./told.mjs";

const client = new MultiServerMCPClient({
  mcpServers: { office: { transport: "http", url, headers } },
});
const tools = new Map((await client.getTools()).map((tool) => [tool.name, tool]));
tell("tools", sorted([...tools.keys()]));
for (const [name, given] of calls) {
  try {
    tell(name, [false, await tools.get(name).invoke(given)]);
  } catch (error) {
    tell(name, [true, error.message]);
  }
}
await client.close();
