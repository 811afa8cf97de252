/** The fixture as a program that speaks over its standard input and output. */
import { appendFileSync } from "node:fs";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { buildServer } from "./build-server.ts";
import type { Walks } from "./walk-tools.ts";

/** Where each call of the office's tools that ran gets a line. */
const ranFile = process.env["FIXTURE_RAN_FILE"];
const walks: Walks = new Map();

serveStdio(({ era }) => {
  const server = buildServer(
    {
      toolsChanged: () => server.sendToolListChanged(),
      promptsChanged: () => server.sendPromptListChanged(),
    },
    (call) => {
      if (ranFile !== undefined) appendFileSync(ranFile, `${JSON.stringify(call)}\n`);
    },
    walks,
  );
  process.stderr.write(`The fixture serves ${era}.\n`);
  return server;
});
