import assert from "node:assert/strict";
import { test } from "node:test";
import { programName } from "./program-name.ts";

const named: readonly (readonly [string, readonly [string, ...string[]]])[] = [
  [
    "node desk/desk.ts",
    ["/usr/bin/node", "--conditions=source", "/srv/a/desk/desk.ts", "--port", "1"],
  ],
  ["node server.mjs", ["node", "server.mjs"]],
  [
    "node.exe tools/index.js",
    ["C:\\node\\node.exe".split("\\").at(-1) ?? "", "C:\\srv\\tools\\index.js"],
  ],
  [
    "npx @modelcontextprotocol/server-filesystem",
    ["npx", "-y", "@modelcontextprotocol/server-filesystem", "/home/ada"],
  ],
  ["uvx mcp-server-git", ["uvx", "mcp-server-git", "--repository", "/srv/repo"]],
  ["uv run tools/server.py", ["uv", "run", "--with", "mcp", "/srv/tools/server.py"]],
  ["python3 -m mail_server", ["python3", "-u", "-m", "mail_server", "--key", "hunter2"]],
  ["java lib/server.jar", ["/opt/java", "-jar", "/opt/lib/server.jar"]],
  ["github-server", ["/opt/github-server", "ghp_secret"]],
  ["npx", ["npx", "--package", "secret-thing", "run"]],
  ["docker", ["docker", "run", "-e", "TOKEN=secret", "mcp/postgres"]],
  ["node", ["node", "-e", "connect('secret')"]],
  ["python", ["python", "-c", "import server"]],
  ["deno run", ["deno", "run", "https://user:secret@host/x"]],
];

for (const [name, command] of named) {
  test(`a server that is started as ${command.join(" ")} is called ${name}`, () => {
    assert.equal(programName(command), name);
  });
}
