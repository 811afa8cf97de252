/**
 * Bytes that come in pieces and are wanted whole. Guarantees that they cost memory by how many they are, however they are cut: a
 * piece that is kept by itself costs a hundred times a byte.
 */
export class GatheredBytes {
  #memory: Buffer = none;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The first is kept as it is: whoever uses its memory again gives a copy. */
  add(piece: Buffer): void {
    if (piece.length === 0) return;
    const length = this.#length + piece.length;
    if (this.#length === 0) {
      this.#memory = piece;
    } else {
      if (length > this.#memory.length) this.#grow(length);
      piece.copy(this.#memory, this.#length);
    }
    this.#length = length;
  }

  /** All of them; nothing is left. */
  take(): Buffer {
    const whole = this.#memory.subarray(0, this.#length);
    this.#memory = none;
    this.#length = 0;
    return whole;
  }

  #grow(length: number): void {
    const memory = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#memory.length));
    this.#memory.copy(memory, 0, 0, this.#length);
    this.#memory = memory;
  }
}

const none = Buffer.alloc(0);
