/** Keccak-256 as Ethereum uses it: Keccak's own padding, not that of SHA-3 (FIPS 202). For short messages. */

const rate = 136;
const mask = (1n << 64n) - 1n;

const roundConstants = [
  0x1n,
  0x8082n,
  0x800000000000808an,
  0x8000000080008000n,
  0x808bn,
  0x80000001n,
  0x8000000080008081n,
  0x8000000000008009n,
  0x8an,
  0x88n,
  0x80008009n,
  0x8000000an,
  0x8000808bn,
  0x800000000000008bn,
  0x8000000000008089n,
  0x8000000000008003n,
  0x8000000000008002n,
  0x8000000000000080n,
  0x800an,
  0x800000008000000an,
  0x8000000080008081n,
  0x8000000000008080n,
  0x80000001n,
  0x8000000080008008n,
];
const rotations = [
  0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
];

export function keccak256(message: Uint8Array): Buffer {
  const padded = Buffer.alloc(Math.ceil((message.length + 1) / rate) * rate);
  padded.set(message);
  padded[message.length] = 1;
  padded[padded.length - 1] = (padded[padded.length - 1] ?? 0) | 0x80;
  let state: readonly bigint[] = Array.from({ length: 25 }, () => 0n);
  for (let block = 0; block < padded.length; block += rate) {
    state = permute(
      state.map((lane, index) =>
        index < rate / 8 ? lane ^ padded.readBigUInt64LE(block + index * 8) : lane,
      ),
    );
  }
  const digest = Buffer.alloc(32);
  for (let index = 0; index < 4; index += 1) digest.writeBigUInt64LE(state[index] ?? 0n, index * 8);
  return digest;
}

function permute(input: readonly bigint[]): readonly bigint[] {
  let lanes = [...input];
  for (const constant of roundConstants) {
    const columns = [0, 1, 2, 3, 4].map((x) =>
      [0, 5, 10, 15, 20].reduce((parity, y) => parity ^ (lanes[x + y] ?? 0n), 0n),
    );
    const moved: bigint[] = [];
    for (let x = 0; x < 5; x += 1) {
      const change = (columns[(x + 4) % 5] ?? 0n) ^ rotate(columns[(x + 1) % 5] ?? 0n, 1);
      for (let y = 0; y < 5; y += 1) {
        const at = x + 5 * y;
        moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(
          (lanes[at] ?? 0n) ^ change,
          rotations[at] ?? 0,
        );
      }
    }
    lanes = moved.map((lane, at) => {
      const row = at - (at % 5);
      return (
        lane ^ (~(moved[row + ((at + 1) % 5)] ?? 0n) & mask & (moved[row + ((at + 2) % 5)] ?? 0n))
      );
    });
    lanes[0] = (lanes[0] ?? 0n) ^ constant;
  }
  return lanes;
}

function rotate(lane: bigint, by: number): bigint {
  return ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & mask;
}
