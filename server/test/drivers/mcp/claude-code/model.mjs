/** A model that is a script: it asks for one tool after the other, and tells what it hears of them. */
import { createServer } from "node:http";
import { calls, sorted, tell } from "./told.mjs";

export const prefix = "mcp__office__";
const waiting = [...calls];
let asked = null;

export const model = createServer((request, response) => void say(request, response));

async function say(request, response) {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part;
  if (request.method !== "POST" || !request.url.startsWith("/v1/messages?")) {
    response.writeHead(404).end();
    return;
  }
  const { tools = [], messages, stream } = JSON.parse(text);
  const names = tools.map(({ name }) => name).filter((name) => name.startsWith(prefix));
  const block = names.length === 0 ? { type: "text", text: "Notes" } : turn(names, messages);
  if (!stream) {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(message([block])));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of events(block)) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
  response.end();
}

/** What the model says next, from what it has been told. */
function turn(names, messages) {
  if (asked === null) tell("tools", sorted(names.map((name) => name.slice(prefix.length))));
  else {
    const told = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
    const result = told.find(({ tool_use_id }) => tool_use_id === asked.id);
    tell(asked.name, [result.is_error === true, textOf(result.content)]);
  }
  const next = waiting.shift();
  if (next === undefined) return { type: "text", text: "Done" };
  asked = { id: `toolu_${waiting.length}`, name: next[0] };
  return { type: "tool_use", id: asked.id, name: prefix + next[0], input: next[1] };
}

function textOf(content) {
  return typeof content === "string" ? content : content.map(({ text }) => text).join("");
}

function message(content) {
  const stop = content[0]?.type === "tool_use" ? "tool_use" : "end_turn";
  const usage = { input_tokens: 1, output_tokens: 1 };
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content,
    stop_reason: content.length === 0 ? null : stop,
    stop_sequence: null,
    usage,
  };
}

function events(block) {
  const [empty, delta] =
    block.type === "text"
      ? [
          { type: "text", text: "" },
          { type: "text_delta", text: block.text },
        ]
      : [
          { ...block, input: {} },
          { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
        ];
  const { stop_reason, stop_sequence, usage } = message([block]);
  return [
    { type: "message_start", message: message([]) },
    { type: "content_block_start", index: 0, content_block: empty },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason, stop_sequence }, usage },
    { type: "message_stop" },
  ];
}
