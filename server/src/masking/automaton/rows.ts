/**
 * Rows of numbers in few large blocks: an array of its own for each of them costs more than what it holds.
 *
 * Guarantees that a row stays where it is, however many follow it.
 */

const rowsOfBlock = 512;

export interface Rows {
  /** A copy of that row; its number. */
  readonly add: (row: Uint16Array) => number;
  readonly at: (row: number) => Uint16Array;
}

export function createRows(width: number): Rows {
  const blocks: Uint16Array[] = [];
  let count = 0;
  const at = (row: number): Uint16Array => {
    const from = (row % rowsOfBlock) * width;
    const block = blocks[Math.floor(row / rowsOfBlock)] ?? new Uint16Array(0);
    return block.subarray(from, from + width);
  };
  return {
    add(row) {
      if (count % rowsOfBlock === 0) blocks.push(new Uint16Array(rowsOfBlock * width));
      at(count).set(row);
      count += 1;
      return count - 1;
    },
    at,
  };
}
