/** The body of a request, within its bound and within that of all bodies together. */
import type { IncomingMessage } from "node:http";
import { fairShares } from "#/platform/fair-shares.ts";
import { MessageProblem, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { GatheredBytes } from "#/wire/gathered-bytes.ts";

/** Of all requests that are under way, those that wait for people too; no agent has more than it leaves to others. One more has to be sent again later. */
const bodiesBytesMax = 256 * 1024 * 1024;
/** Without a byte of a body that is not whole. */
const bodySilenceMs = 15_000;

export interface Bodies {
  /** To be given back by `release`. Throws a `MessageProblem`. */
  read(request: IncomingMessage, bytesMax: number, agent: string): Promise<ReadBody>;
}

export interface ReadBody {
  readonly bytes: Buffer;
  readonly release: () => void;
}

export function createBodies(): Bodies {
  const shares = fairShares(bodiesBytesMax);
  return {
    async read(request, bytesMax, agent) {
      const declared = Number(request.headers["content-length"] ?? 0);
      if (declared > bytesMax) throw tooLarge(bytesMax);
      let taken = 0;
      const release = () => {
        shares.give(agent, taken);
        taken = 0;
      };
      const gathered = new GatheredBytes();
      try {
        await eachChunk(request, (chunk) => {
          if (taken + chunk.length > bytesMax) return tooLarge(bytesMax);
          if (!shares.take(agent, chunk.length)) return busy();
          taken += chunk.length;
          gathered.add(chunk);
          return null;
        });
      } catch (error) {
        release();
        if (error instanceof MessageProblem) throw error;
        throw new MessageProblem(rpcCodes.parseError, "The message did not come whole.");
      }
      return { bytes: gathered.take(), release };
    },
  };
}

/** To the end; or until `take` has a problem with one, from where on the rest is thrown away, for as long as a request may take. */
function eachChunk(
  request: IncomingMessage,
  take: (chunk: Buffer) => MessageProblem | null,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const silent = setTimeout(() => request.destroy(), bodySilenceMs);
    let isSettled = false;
    const settle = (done: () => void) => {
      isSettled = true;
      clearTimeout(silent);
      request.off("data", onChunk);
      done();
    };
    const onChunk = (chunk: Buffer) => {
      silent.refresh();
      const problem = take(chunk);
      if (problem === null) return;
      settle(() => reject(problem));
      request.resume();
    };
    request.on("data", onChunk);
    request.once("end", () => settle(resolve));
    // Behind its end it closes too.
    request.once("close", () => {
      if (!isSettled) settle(() => reject(new Error("closed before its end")));
    });
    request.on("error", () => {});
  });
}

function tooLarge(bytesMax: number): MessageProblem {
  const message = `A message is at most ${bytesMax} bytes.`;
  return new MessageProblem(rpcCodes.invalidRequest, message, { status: 413 });
}

function busy(): MessageProblem {
  const message = "The gateway holds too many messages already. Send it again later.";
  return new MessageProblem(rpcCodes.internalError, message, { status: 503 });
}
