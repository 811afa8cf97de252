/**
 * A call that is decided on, from its message to its answer.
 *
 *   1. read      what is called, by which definition, and whether the headers say the same: `read-call.ts`
 *   2. before    a person has denied the same call a while ago, or variants of it: that is said, on record, and nobody is asked
 *   3. decide    policy, record, people, execution: `decide-call.ts`
 */
import type { McpMethod } from "#/core/facts.ts";
import type { Refusal } from "#/core/refusal.ts";
import { refuse } from "#/enforcement/enforce.ts";
import { AnswerSwitch } from "./answer-switch.ts";
import type { Request } from "./codec.ts";
import type { RequestContext } from "./context.ts";
import { decideCall } from "./decide-call.ts";
import { answerStatus } from "./own-tool.ts";
import { nameCall, type ReadCall, readCall } from "./read-call.ts";
import { refusalText, statusTool } from "./reply.ts";
import { type ToldBefore, toldBefore } from "./told-before.ts";
import { whyNotAsked } from "./variants.ts";

export async function call(
  sent: Request,
  body: Uint8Array,
  method: McpMethod,
  context: RequestContext,
): Promise<void> {
  if (method === "tools/call" && nameCall(sent, method).name === statusTool) {
    return answerStatus(sent, context);
  }
  const read = await readCall(sent, body, method, context);
  const told = toldBefore(read.of.call, context);
  await told.letGo();
  const to = new AnswerSwitch(context.client);
  const answer = (refusal: Refusal) => to.message(200, presentRefusal(refusal, read, context));
  const before = await saidBefore(read, told, context);
  if (before !== null) return answer(before);
  // It has gone before anything was decided: nobody is asked.
  if (context.client.left.aborted) return;
  await decideCall(read, { to, told, answer }, context);
}

/** What is said at once, on record, without asking anybody; null where it is to be decided. */
async function saidBefore(
  { action, method, name }: ReadCall,
  told: ToldBefore,
  context: RequestContext,
): Promise<Refusal | null> {
  const { enforcement } = context;
  const denial = await told.denial();
  if (denial !== null) {
    await refuse(action, "A person denied the same call a while ago.", enforcement, denial);
    return denial;
  }
  if (told.hasReview || context.client.left.aborted) return null;
  const many = await whyNotAsked(action, `${method} ${name}`, context);
  if (many !== null) {
    await refuse(action, "Too many variants of this call were tried.", enforcement, many);
  }
  return many;
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
