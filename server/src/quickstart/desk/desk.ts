/**
 * The sample's help desk: a tool server on standard input and output, as the gateway starts it for each session of an agent.
 *
 * It reaches nothing: no network, no file. What it says that it has done is forgotten when it ends.
 */
import { createInterface } from "node:readline";
import { answerLine } from "./answer.ts";
import { deskTools } from "./tools.ts";

const tools = deskTools();
for await (const line of createInterface({ input: process.stdin })) {
  const answer = answerLine(line, tools);
  if (answer !== null) process.stdout.write(`${answer}\n`);
}
