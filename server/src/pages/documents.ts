/** What a browser gets before there is a console: small, in light and dark. */
export interface Waiting {
  readonly title: string;
  readonly text: string;
  /** After which the page looks again by itself; null: it does not. */
  readonly againSeconds: number | null;
}

export const beingBuilt: Waiting = {
  title: "The console is being built",
  text: "That happens at the first start and after a change, and takes some seconds. This page opens by itself when it is done.",
  againSeconds: 2,
};

export const notBuilt: Waiting = {
  title: "There is no console here",
  text: "It could not be built; the gateway's own log says why. When that is mended, start the gateway again. Until then, decide on the command line:",
  againSeconds: null,
};

/** Nothing here comes from outside, so nothing has to be escaped. */
export function waitingPage({ title, text, againSeconds }: Waiting, nonce: string): string {
  const again =
    againSeconds === null
      ? ""
      : `\n<script src="${waitingScript.path}" defer></script>
<noscript><meta http-equiv="refresh" content="${againSeconds}"></noscript>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">${again}
<title>${title} · Countersign</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p role="status">${text}</p>${againSeconds === null ? "\n<pre>npx --no-install countersign inbox</pre>" : ""}
</main>
</body>
</html>
`;
}

/** Also where the address has a fragment, as a sign-in link has: a refresh would only move to that. */
export const waitingScript = {
  path: "/waiting.js",
  text: `setTimeout(() => location.reload(), ${(beingBuilt.againSeconds ?? 0) * 1000});\n`,
};

const style = `
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center;
  color: light-dark(#1f2328, #e6e6e6); background: light-dark(#fbfbfa, #17181a); }
main { max-width: 32rem; padding: 2rem; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0; color: light-dark(#57606a, #a9afb7); }
pre { margin: 1rem 0 0; padding: .75rem 1rem; border-radius: .5rem; overflow-x: auto;
  background: light-dark(#eeeeec, #222427); }
`;
