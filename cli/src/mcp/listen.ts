/** What the server of a session says by itself, passed on for as long as the gateway has a stream for it. */
import type { Bridge } from "./ask.ts";
import { GatewayLost } from "./gateway-http.ts";

/** Between two tries. */
const againMs = 1_000;

export async function listen(bridge: Bridge, signal: AbortSignal): Promise<void> {
  let lastEvent: string | null = null;
  while (!signal.aborted) {
    try {
      const own = await bridge.headers();
      const headers = { ...own, ...bridge.session.headersToListen(lastEvent) };
      const answer = await bridge.gateway.ask({ method: "GET", headers, body: null, signal });
      if (answer.status !== 200) return;
      for await (const { id, data } of answer.messages) {
        lastEvent = id ?? lastEvent;
        if (data !== "") await bridge.say(data);
      }
    } catch (error) {
      if (!(error instanceof GatewayLost)) throw error;
    }
    await pause(againMs, signal);
  }
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
