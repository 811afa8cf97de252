/**
 * All that a program of ours gets of this process's environment where a test says what else is in it: where programs are,
 * and where Node keeps what it has made of the sources, so that it is not made anew for each process.
 */
const passed = ["PATH", "NODE_COMPILE_CACHE"] as const;

export const nodeEnvironment: Readonly<Record<string, string>> = Object.fromEntries(
  passed.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);
