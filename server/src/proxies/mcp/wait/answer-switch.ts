/** The answer to a call, which goes to its client until that has been told that it comes in another way. */
import type { AnswerSink } from "#/proxies/mcp/wire/client-answer.ts";
import { type RpcId, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { errorText } from "#/proxies/mcp/wire/reply.ts";

export class AnswerSwitch implements AnswerSink {
  #to: AnswerSink;

  constructor(client: AnswerSink) {
    this.#to = client;
  }

  /** What is said from here on goes there. */
  switchTo(other: AnswerSink): void {
    this.#to = other;
  }

  get left(): AbortSignal {
    return this.#to.left;
  }

  get isOver(): boolean {
    return this.#to.isOver;
  }

  message(status: number, bytes: string | Uint8Array): void {
    this.#to.message(status, bytes);
  }

  empty(status: number, headers?: Readonly<Record<string, string>>): void {
    this.#to.empty(status, headers);
  }

  openStream(): void {
    this.#to.openStream();
  }

  event(...[event]: Parameters<AnswerSink["event"]>): Promise<void> | null {
    return this.#to.event(event);
  }

  end(): void {
    this.#to.end();
  }
}

/** Whoever was told that an answer comes in another way gets one, whatever fails: else it would wait for ever. */
export async function answeredAnyway<Value>(
  to: AnswerSink,
  id: RpcId,
  run: () => Promise<Value>,
): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    const message =
      "The gateway failed while it carried this call. Do not call it again: it may have happened. Tell the person whom you work for.";
    to.message(500, errorText(id, rpcCodes.internalError, message));
    throw error;
  }
}
