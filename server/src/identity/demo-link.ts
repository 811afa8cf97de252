/**
 * The quickstart's own sign-in link: one that still works, whenever somebody asks who may have it.
 *
 * Guarantees that no more than one unused link is there at a time: a new one is made when the last has been
 * used or has expired, and of many who ask at once all get the same.
 */
import type { Person } from "#/core/principal.ts";
import { isLinkOpen, makeLink, type SignInDeps } from "./sign-in.ts";

/** Rejects where none can be made. */
export function createDemoLink(deps: SignInDeps, person: Person): () => Promise<string> {
  let code: string | null = null;
  let asking: Promise<string> | null = null;

  async function ask(): Promise<string> {
    if (code === null || !(await isLinkOpen(deps, code))) {
      ({ code } = await makeLink(deps, person, "gateway"));
    }
    return code;
  }

  return () => {
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };
}
