/** What the stream of events tells a person of reviews, and looks that are taken again whenever it tells something. */

export interface ReviewEvents {
  readonly text: () => string;
  /** What the look finds, once it finds something. */
  readonly until: <Found>(
    look: () => Promise<Found | false | undefined>,
    signal?: AbortSignal,
  ) => Promise<Found>;
}

/** Until the gateway ends. */
export async function listenToReviews(apiUrl: string, token: string): Promise<ReviewEvents> {
  const answer = await openEvents(apiUrl, token);
  let text = "";
  let told = Promise.withResolvers<void>();
  let isOver = false;
  const listen = async () => {
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString("utf8");
      told.resolve();
      told = Promise.withResolvers();
    }
  };
  listen()
    .catch(() => {})
    .finally(() => {
      isOver = true;
      told.resolve();
    });
  return {
    text: () => text,
    async until(look, signal) {
      for (;;) {
        // What is told while one looks calls for another look.
        const { promise } = told;
        const found = await look();
        if (found !== false && found !== undefined) return found;
        signal?.throwIfAborted();
        if (isOver) throw new Error("The gateway has ended, and tells nothing more.");
        await (signal === undefined ? promise : Promise.race([promise, aborted(signal)]));
      }
    },
  };
}

/**
 * What the look finds, once it finds something, also by a gateway whose clock stands still: a stream says its first change
 * at once and the next ones after a while, so that each look has a stream of its own.
 */
export async function foundWhenTold<Found>(
  apiUrl: string,
  token: string,
  look: () => Promise<Found | false | undefined>,
): Promise<Found> {
  for (;;) {
    const leaving = new AbortController();
    const { body } = await openEvents(apiUrl, token, leaving.signal);
    try {
      const told = body?.values();
      // The greeting: from here on whatever changes is told.
      await told?.next();
      const found = await look();
      if (found !== false && found !== undefined) return found;
      await told?.next();
    } finally {
      leaving.abort();
    }
  }
}

function openEvents(apiUrl: string, token: string, signal?: AbortSignal): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${apiUrl}/api/v1/events`, { headers, ...(signal === undefined ? {} : { signal }) });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
