/**
 * A built console in memory: its page, and its files by their address.
 *
 * Guarantees that nothing is served but what lay in the folder when it was read: an address is looked up
 * among names, and never becomes a path.
 */
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

export interface Site {
  /** The page, split where each answer's nonce belongs. */
  readonly page: readonly string[];
  /** By address, such as `/assets/index-3f2a.js`. */
  readonly files: ReadonlyMap<string, SiteFile>;
}

export interface SiteFile {
  readonly type: string;
  /** Its name changes with its content. */
  readonly isHashed: boolean;
  readonly identity: Uint8Array;
  /** Null where it would gain nothing. */
  readonly br: Uint8Array | null;
  readonly gzip: Uint8Array | null;
}

/** What Vite puts in the nonce's place (its `html.cspNonce`). */
const noncePlaceholder = "__CSP_NONCE__";
const pageName = "index.html";
const filesMax = 1_000;
const siteBytesMax = 64 * 1024 * 1024;

/** Throws where the folder holds no console. */
export async function readSite(folder: string): Promise<Site> {
  const page = (await readFile(join(folder, pageName), "utf8")).split(noncePlaceholder);
  if (page.length < 2) throw new Error(`${pageName} has no place for a nonce`);
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== join(folder, pageName));
  if (paths.length > filesMax) throw new Error(`more than ${filesMax} files`);
  const files = new Map<string, SiteFile>();
  let bytes = 0;
  for (const path of paths) {
    const content = await readFile(path);
    bytes += content.length;
    if (bytes > siteBytesMax) throw new Error(`more than ${siteBytesMax} bytes`);
    const address = `/${relative(folder, path).split(sep).join("/")}`;
    files.set(address, await fileOf(address, content));
  }
  return { page, files };
}

/** Also what a compressed answer has to gain to be worth it. */
const compressible: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

const compressed: Readonly<Record<string, string>> = {
  ".ico": "image/x-icon",
  ".png": "image/png",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

async function fileOf(address: string, identity: Buffer): Promise<SiteFile> {
  const extension = extname(address);
  const text = compressible[extension];
  const isHashed = address.startsWith("/assets/");
  if (text === undefined) {
    const type = compressed[extension] ?? "application/octet-stream";
    return { type, isHashed, identity, br: null, gzip: null };
  }
  return {
    type: text,
    isHashed,
    identity,
    br: smaller(await promisify(brotliCompress)(identity, brotliOptions), identity),
    gzip: smaller(await promisify(gzip)(identity, { level: 9 }), identity),
  };
}

/** The highest takes five times as long for the last twentieth. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

function smaller(packed: Buffer, identity: Buffer): Buffer | null {
  return packed.length < identity.length ? packed : null;
}
