/**
 * Where the data of COPYs that wait for people is kept: the first of it in memory, the rest in a file.
 *
 * Guarantees: each spool and all of them together are bounded; what reaches the disk is encrypted under a key that
 * is only ever in memory, in a file that has lost its name before anything is in it, so that neither a crash nor
 * somebody who reads the disk finds anything of it; and what is read is what was written, or an error.
 *
 * A file is blocks, each sealed by AES-256-GCM under a key of the spool's own, with its number as the nonce: blocks
 * can't be changed, swapped or left out.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { GatewayError } from "#/core/errors.ts";
import { randomBytes } from "#/platform/random.ts";

export interface SpoolLimits {
  /** Of one COPY. */
  readonly copyBytesMax: number;
  /** Of all that are kept. */
  readonly spoolBytesMax: number;
}

/** Why a spool takes no more: this COPY is too large, all of them are, or the disk failed. */
export type SpoolFull = "too_large" | "crowded" | "failed";

export interface Spool {
  readonly bytes: number;
  /** Takes a copy. Where it does not, the spool is to be closed. */
  add(data: Buffer): SpoolFull | null;
  /** Resolves when it can take more; undefined: it can. */
  ready(): Promise<void> | undefined;
  /** Everything, in its order; ends with `postgres.spool_failed` where it is not what was written. */
  read(): AsyncGenerator<Buffer, void>;
  /** Nothing of it is kept from then on. */
  close(): void;
}

export interface Spools {
  readonly limits: SpoolLimits;
  /** Kept at the moment, of all. */
  readonly bytes: number;
  open(): Spool;
}

const blockBytes = 64 * 1024;
/** Of one spool; what comes after is in its file. */
const spoolMemoryBytesMax = 256 * 1024;
/** Of all; then files begin at once. */
const spoolsMemoryBytesMax = 32 * 1024 * 1024;
/** Blocks that are on their way to the disk before the client has to wait. */
const blocksWritingMax = 8;
const tagBytes = 16;
const nonceBytes = 12;
const cipherName = "aes-256-gcm";

/** Empties the folder: what an earlier process could not remove can't be read by anybody. */
export async function openSpools(folder: string, limits: SpoolLimits): Promise<Spools> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const all: Shared = { folder, limits, bytes: 0, memoryBytes: 0, opened: 0 };
  return {
    limits,
    get bytes() {
      return all.bytes;
    },
    open: () => new OpenSpool(all),
  };
}

interface Shared {
  readonly folder: string;
  readonly limits: SpoolLimits;
  bytes: number;
  memoryBytes: number;
  opened: number;
}

class OpenSpool implements Spool {
  readonly #all: Shared;
  bytes = 0;
  /** Whole blocks that stay in memory, before those of the file. */
  #memory: Buffer[] = [];
  /** The block under way, filled in place: each piece by itself would take many times the memory of a byte in it. */
  #block: Buffer | null = null;
  #filled = 0;
  #key: Buffer | null = null;
  #file: Promise<FileHandle> | null = null;
  #blocks = 0;
  #writing = 0;
  #written: Promise<void> = Promise.resolve();
  #failure: unknown = null;
  #closed = false;

  constructor(all: Shared) {
    this.#all = all;
  }

  add(data: Buffer): SpoolFull | null {
    const { limits } = this.#all;
    if (this.#failure !== null) return "failed";
    if (this.bytes + data.length > limits.copyBytesMax) return "too_large";
    if (this.#all.bytes + data.length > limits.spoolBytesMax) return "crowded";
    this.bytes += data.length;
    this.#all.bytes += data.length;
    for (let at = 0; at < data.length; ) {
      this.#block ??= Buffer.allocUnsafe(blockBytes);
      const taken = data.copy(this.#block, this.#filled, at);
      this.#filled += taken;
      at += taken;
      if (this.#filled === blockBytes) this.#endBlock(this.#block);
    }
    return null;
  }

  ready(): Promise<void> | undefined {
    return this.#writing < blocksWritingMax ? undefined : this.#written;
  }

  async *read(): AsyncGenerator<Buffer, void> {
    await this.#written;
    if (this.#failure !== null) throw spoolFailed(this.#failure);
    yield* this.#memory;
    const sealed = Buffer.allocUnsafe(blockBytes + tagBytes);
    for (let number = 0; number < this.#blocks; number += 1) {
      yield await this.#readBlock(number, sealed);
    }
    if (this.#block !== null) yield this.#block.subarray(0, this.#filled);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#all.bytes -= this.bytes;
    this.#all.memoryBytes -= this.#memory.length * blockBytes;
    this.#memory = [];
    this.#block = null;
    this.#filled = 0;
    this.#key?.fill(0);
    const file = this.#file;
    if (file !== null) void this.#written.then(() => file).then((handle) => handle.close(), ignore);
  }

  #endBlock(block: Buffer): void {
    this.#block = null;
    this.#filled = 0;
    const staysInMemory =
      this.#file === null &&
      (this.#memory.length + 1) * blockBytes <= spoolMemoryBytesMax &&
      this.#all.memoryBytes + blockBytes <= spoolsMemoryBytesMax;
    if (staysInMemory) {
      this.#memory.push(block);
      this.#all.memoryBytes += blockBytes;
    } else this.#writeBlock(block);
  }

  #writeBlock(block: Buffer): void {
    // Its own memory: it is overwritten when the spool is closed.
    this.#key ??= Buffer.from(randomBytes(32));
    this.#file ??= this.#create();
    const file = this.#file;
    const number = this.#blocks;
    const sealed = seal(block, number, this.#key);
    this.#blocks += 1;
    this.#writing += 1;
    this.#written = this.#written
      .then(async () => {
        const handle = await file;
        await writeWhole(handle, sealed, number * sealed.length);
      })
      .catch((cause: unknown) => {
        this.#failure ??= cause;
      })
      .finally(() => {
        this.#writing -= 1;
      });
  }

  async #create(): Promise<FileHandle> {
    this.#all.opened += 1;
    const path = join(this.#all.folder, `${process.pid}-${this.#all.opened}`);
    const handle = await open(path, "wx+", 0o600);
    try {
      await rm(path);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  }

  /** `sealed` takes what is on the disk, one block at a time. */
  async #readBlock(number: number, sealed: Buffer): Promise<Buffer> {
    try {
      const handle = await this.#file;
      if (handle === null || this.#key === null || this.#closed) throw new Error("it is closed");
      const { bytesRead } = await handle.read(sealed, 0, sealed.length, number * sealed.length);
      if (bytesRead !== sealed.length) throw new Error("a block is cut");
      return unseal(sealed, number, this.#key);
    } catch (cause) {
      throw spoolFailed(cause);
    }
  }
}

async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeUIntBE(number, nonceBytes - 6, 6);
  return nonce;
}

function seal(block: Buffer, number: number, key: Buffer): Buffer {
  const cipher = createCipheriv(cipherName, key, nonceOf(number));
  return Buffer.concat([cipher.update(block), cipher.final(), cipher.getAuthTag()]);
}

function unseal(sealed: Buffer, number: number, key: Buffer): Buffer {
  const decipher = createDecipheriv(cipherName, key, nonceOf(number));
  decipher.setAuthTag(sealed.subarray(blockBytes));
  const block = decipher.update(sealed.subarray(0, blockBytes));
  // Throws where the tag is another one; a counter mode holds nothing back until then.
  decipher.final();
  return block;
}

function spoolFailed(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  return new GatewayError(
    "postgres.spool_failed",
    "The data of a COPY could not be kept while it waited.",
    { cause },
  );
}

const ignore = () => {};
