/**
 * `vite build` makes the files that the gateway serves. With COUNTERSIGN_GATEWAY set to a gateway's
 * address, `vite` serves the sources in front of it.
 */
import react from "@vitejs/plugin-react";
import { defineConfig, type ProxyOptions } from "vite";

const gateway = process.env["COUNTERSIGN_GATEWAY"];

export default defineConfig({
  plugins: [react()],
  // The gateway puts a nonce of its own in its place with each page that it serves.
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    target: "es2024",
    // Icons and fonts stay files: the content security policy knows no data of a font.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  server: gateway === undefined ? {} : { proxy: { "/api": proxyTo(gateway) } },
});

/** The gateway takes changes from its own origin alone. */
function proxyTo(target: string): ProxyOptions {
  return { target, changeOrigin: true, headers: { origin: target } };
}
