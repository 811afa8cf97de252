/** The page's beginning: it puts the console together and must not know any page of it. */
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "@mantine/core/styles/baseline.css";
import "@mantine/core/styles/default-css-variables.css";
import "@mantine/core/styles/global.css";
import "@mantine/core/styles/UnstyledButton.css";
import "@mantine/core/styles/Button.css";
import "@mantine/core/styles/Popover.css";
import "@mantine/core/styles/Menu.css";
import "@mantine/core/styles/CloseButton.css";
import "@mantine/core/styles/ModalBase.css";
import "@mantine/core/styles/Overlay.css";
import "@mantine/core/styles/Paper.css";
import "@mantine/core/styles/Modal.css";
import "@mantine/core/styles/Loader.css";
import "@mantine/core/styles/FloatingIndicator.css";
import "@mantine/core/styles/SegmentedControl.css";
import "@mantine/core/styles/Input.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Switch.css";
import "./theme.css";
import { createClient } from "@countersign/sdk/client";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiProvider } from "./api/api-context.tsx";
import { createQueries } from "./api/query-client.ts";
import { createSession } from "./api/session.ts";
import { createConsoleRouter } from "./router.tsx";
import { takeSignInCode } from "./sign-in/sign-in-code.ts";
import { cssVariables, theme } from "./theme.ts";

// Before anything else can look at the address.
const signInCode = takeSignInCode(window);
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
// What locks the scrolling under a dialog makes a style element too.
setNonce(nonce);

const session = createSession(window.localStorage);
const api = {
  client: createClient({ url: "", token: null }),
  background: createClient({ url: "", token: null, background: true }),
  session,
  signInCode,
  stream: {
    fetch: (...request: Parameters<typeof fetch>) => fetch(...request),
    setTimeout(callback: () => void, ms: number) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  },
};
const queries = createQueries(session);
const router = createConsoleRouter();

const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <QueryClientProvider client={queries}>
          <ApiProvider api={api}>
            <RouterProvider router={router} />
          </ApiProvider>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
