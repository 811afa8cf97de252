/**
 * What a server that the gateway starts finds in its environment: what its connection names, and of the gateway's own
 * only what programs need to find each other and to write text. No secret of the gateway can be among it.
 */

/** By name; each only where the gateway has it. */
const inheritedVariables = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "TMPDIR",
] as const;

export function serverEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  configured: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const inherited = inheritedVariables.flatMap((name) => {
    const value = own[name];
    // Shells that read a function from a variable would run it.
    return value === undefined || value.startsWith("()") ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...configured };
}
