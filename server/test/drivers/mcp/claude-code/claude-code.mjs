/** Claude Code, the program itself, with a model on loopback that is a script. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { model, prefix } from "./model.mjs";
import { calls, headers, url } from "./told.mjs";

model.listen(0, "127.0.0.1");
await once(model, "listening");
const server = { type: "http", url, headers };
const { resolve } = createRequire(import.meta.url);
const program = join(
  resolve(`@anthropic-ai/claude-code-${process.platform}-${process.arch}/package.json`),
  "../claude",
);
const child = spawn(
  program,
  [
    "--print",
    "--strict-mcp-config",
    "--mcp-config",
    JSON.stringify({ mcpServers: { office: server } }),
    "--allowedTools",
    calls.map(([name]) => prefix + name).join(","),
    "--",
    "Use the tools.",
  ],
  {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env.PATH,
      HOME: import.meta.dirname,
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
      ANTHROPIC_API_KEY: "of-no-use",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      ENABLE_TOOL_SEARCH: "false",
    },
  },
);
const [code] = await once(child, "close");
model.closeAllConnections();
model.close();
process.exitCode = code;
