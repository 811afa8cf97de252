import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  test: {
    environment: "happy-dom",
    // As the other unit tests: fast, and mutable module state shows.
    isolate: false,
    include: ["src/**/*.test.{ts,tsx}"],
    css: { include: [] },
  },
});
