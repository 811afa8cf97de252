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
  const answer = await fetch(`${apiUrl}/api/v1/events`, {
    headers: { authorization: `Bearer ${token}` },
  });
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
