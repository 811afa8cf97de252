/**
 * A call that is decided on, from its message to its answer.
 *
 *   1. read      what is called, by which definition, and whether the headers say the same: `read-call.ts`
 *   2. decide    policy, record, people, execution: `decide-call.ts`
 */
import type { McpMethod } from "#/core/facts.ts";
import type { Refusal } from "#/core/refusal.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { AnswerSwitch, answeredAnyway } from "#/proxies/mcp/wait/answer-switch.ts";
import { answerStatus } from "#/proxies/mcp/wait/own-tool.ts";
import type { Request } from "#/proxies/mcp/wire/codec.ts";
import { refusalText, statusTool } from "#/proxies/mcp/wire/reply.ts";
import { decideCall } from "./decide-call.ts";
import { withKnownSelf } from "./known-self.ts";
import { nameCall, type ReadCall, readCall } from "./read-call.ts";
import { toldBefore } from "./told-before.ts";

export async function call(
  sent: Request,
  body: Uint8Array,
  method: McpMethod,
  context: RequestContext,
): Promise<void> {
  if (method === "tools/call" && nameCall(sent, method).name === statusTool) {
    return answerStatus(sent, context);
  }
  const plain = withKnownSelf(sent, context);
  const reading = readCall(plain?.request ?? sent, plain?.body ?? body, method, context);
  const read = reading instanceof Promise ? await reading : reading;
  const told = toldBefore(read.of, context);
  const letGo = told.letGo();
  if (letGo !== null) await letGo;
  const to = new AnswerSwitch(context.client);
  const answer = (refusal: Refusal) => to.message(200, presentRefusal(refusal, read, context));
  // It has gone before anything was decided: nobody is asked.
  if (context.client.hasLeft) return;
  await answeredAnyway(to, sent.id, () => decideCall(read, { to, told, answer }, context));
}

function presentRefusal(
  refusal: Refusal,
  { request: { id }, method, known }: ReadCall,
  { isStateless }: RequestContext,
): string {
  const isTool = method === "tools/call";
  const hasOutputSchema = known.outputSchema !== null;
  return refusalText(refusal, { id, isTool, isStateless, hasOutputSchema });
}
