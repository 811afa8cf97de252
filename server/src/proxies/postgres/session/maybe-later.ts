/**
 * Work that is done when its call returns (undefined), unless something has to be waited for. Statements whose decision
 * is known go through in the turn in which they came: each promise on their way would cost as much as all else that is
 * done with them there.
 */
export type MaybeLater = Promise<void> | undefined;

export function isLater<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return value instanceof Promise;
}
