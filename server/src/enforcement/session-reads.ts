/** What a session has read, as people are shown it: by connection, the most important first. */
import type { DataClass, SessionRead, SessionReads } from "#/core/label.ts";

/** Where a label was taken. */
export type Source =
  | { readonly kind: "connection"; readonly name: string; readonly data: DataClass | null }
  /** `tool` is null where the server lists no tool of that name: the name is then the agent's own words. */
  | {
      readonly kind: "tool";
      readonly connection: string;
      readonly tool: string | null;
      readonly saysOpenWorld: boolean;
    }
  | { readonly kind: "masked"; readonly what: string }
  | { readonly kind: "none" };

export interface Taken {
  readonly source: Source;
  /** When it was first taken and when last, in milliseconds since 1970. */
  readonly since: number;
  at: number;
  /** When it lapses. */
  until: number;
  /** When it was last written down, or is about to be. */
  keptAt: number;
}

export const connectionsToldMax = 20;
/** Tools of one connection. */
export const toolsToldMax = 10;

export function readsIn(taken: Iterable<Taken>): Omit<SessionReads, "isMore"> {
  const all = [...taken].toSorted((one, other) => other.at - one.at);
  const from = all
    .flatMap(({ source, since, at }) =>
      source.kind === "connection"
        ? [{ ...source, data: source.data ?? claimedOf(source.name, all), since, at }]
        : [],
    )
    .toSorted((one, other) => rankOf(one.data) - rankOf(other.data));
  return {
    from: from.slice(0, connectionsToldMax).map(({ name, data, since, at }) => {
      return { connection: name, data, ...toolsOf(name, all), since, at };
    }),
    fromMore: Math.max(0, from.length - connectionsToldMax),
    masked: all.flatMap(({ source }) => (source.kind === "masked" ? [source.what] : [])).toSorted(),
  };
}

/** What a connection's answers are where its owner does not say: as its server says of a tool that was used. */
function claimedOf(connection: string, all: readonly Taken[]): DataClass | null {
  const isClaimed = all.some(
    ({ source }) =>
      source.kind === "tool" && source.connection === connection && source.saysOpenWorld,
  );
  return isClaimed ? "untrusted" : null;
}

function toolsOf(
  connection: string,
  all: readonly Taken[],
): Pick<SessionRead, "tools" | "toolsMore"> {
  const used = all.flatMap(({ source }) =>
    source.kind === "tool" && source.connection === connection ? [source.tool] : [],
  );
  const tools = used.filter((tool) => tool !== null).slice(0, toolsToldMax);
  return { tools, toolsMore: used.length - tools.length };
}

const ranks: Readonly<Record<DataClass, number>> = {
  confidential: 0,
  untrusted: 1,
  internal: 2,
  public: 4,
};

function rankOf(data: DataClass | null): number {
  return data === null ? 3 : ranks[data];
}
