/** Which names of statements, portals and savepoints a client may use. */

/** Names with this beginning are the gateway's own. */
export const reservedPrefix = "_countersign";
/** The server's hash tables cut longer names, so that two of them would be one there. */
const nameBytesMax = 63;

export function isUsableName(name: string): boolean {
  return !name.startsWith(reservedPrefix) && Buffer.byteLength(name) <= nameBytesMax;
}
