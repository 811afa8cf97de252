/** What leads from relation to relation: what inherits from what, or reads it. */

/** Something of the first gives what the second holds. */
export type Edge = readonly [from: number, to: number];

export type Children = ReadonlyMap<number, readonly number[]>;

export function childrenOf(edges: readonly Edge[]): Children {
  const children = new Map<number, number[]>();
  for (const [from, to] of edges) {
    const list = children.get(from);
    if (list === undefined) children.set(from, [to]);
    else list.push(to);
  }
  return children;
}

export function parentsOf(edges: readonly Edge[]): Children {
  return childrenOf(edges.map(([from, to]) => [to, from]));
}

/** Without where it begins, unless a way leads back to it. */
export function reachedIn(children: Children, from: number): ReadonlySet<number> {
  const found = new Set<number>();
  const pending = [from];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const child of children.get(at) ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      pending.push(child);
    }
  }
  return found;
}
