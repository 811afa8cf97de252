/**
 * The look of Mantine's components, tied to the console's own tokens in `theme.css`: whatever has a colour
 * here takes it from there, so that both schemes are designed in one place.
 */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

/** From the paper to the ink. */
const ink: MantineColorsTuple = [
  "#eef0fb",
  "#dde1f5",
  "#b9c1ea",
  "#94a0df",
  "#7482d3",
  "#5767c4",
  "#4352b2",
  "#36449c",
  "#2c3a86",
  "#222d6b",
];

export const theme = createTheme({
  colors: { ink },
  primaryColor: "ink",
  primaryShade: { light: 8, dark: 5 },
  autoContrast: true,
  luminanceThreshold: 0.3,
  fontFamily: "var(--font-text)",
  fontFamilyMonospace: "var(--font-mono)",
  headings: { fontFamily: "var(--font-text)", fontWeight: "560" },
  defaultRadius: 8,
  cursorType: "pointer",
  respectReducedMotion: true,
});

const tokens = {
  "--mantine-color-body": "var(--paper)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-dimmed": "var(--text-quiet)",
  "--mantine-color-placeholder": "var(--text-quiet)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-hover": "var(--surface-hover)",
  "--mantine-color-default-color": "var(--text)",
  "--mantine-color-default-border": "var(--line-strong)",
  "--mantine-color-error": "var(--red)",
  "--mantine-color-anchor": "var(--accent)",
  "--mantine-color-ink-filled": "var(--accent-fill)",
  "--mantine-color-ink-filled-hover": "var(--accent-fill-hover)",
  "--mantine-color-red-filled": "var(--red-fill)",
  "--mantine-color-red-filled-hover": "var(--red-fill-hover)",
  "--mantine-color-red-outline": "var(--red)",
  "--mantine-color-red-outline-hover": "var(--red-soft)",
  "--mantine-primary-color-filled": "var(--accent-fill)",
  "--mantine-primary-color-filled-hover": "var(--accent-fill-hover)",
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: tokens,
  dark: tokens,
});
