/** Tools that say something before they answer, lose their stream, or make a list change. */
import { setTimeout as wait } from "node:timers/promises";
import { type FixtureTool, text } from "./fixture-tool.ts";

/** What the suite waits between two messages. */
const pauseMs = 50;
const reconnectMs = 100;

export interface Announce {
  readonly toolsChanged: () => void;
  readonly promptsChanged: () => void;
}

export function streamTools(announce: Announce): readonly FixtureTool[] {
  return [
    {
      name: "test_tool_with_logging",
      description: "Logs three times before it answers",
      run: async (_, { mcpReq }) => {
        for (const words of ["execution started", "processing data", "execution completed"]) {
          const params = { level: "info", data: `Tool ${words}` } as const;
          await mcpReq.notify({ method: "notifications/message", params });
          await wait(pauseMs);
        }
        return text("Logged three times.");
      },
    },
    {
      name: "test_logging_tool",
      description: "Logs where the request asks for it",
      run: async (_, { mcpReq }) => {
        await mcpReq.log("info", "The tool ran.");
        return text("Logged, where it was asked for.");
      },
    },
    {
      name: "test_tool_with_progress",
      description: "Tells its progress before it answers",
      run: async (_, { mcpReq }) => {
        const progressToken = mcpReq._meta?.progressToken;
        for (const progress of [0, 50, 100]) {
          if (progressToken !== undefined) {
            const params = { progressToken, progress, total: 100 };
            await mcpReq.notify({ method: "notifications/progress", params });
          }
          if (progress < 100) await wait(pauseMs);
        }
        return text("Told its progress.");
      },
    },
    {
      name: "test_reconnection",
      description: "Closes its stream and answers when the client has come back",
      run: async (_, { http }) => {
        http?.closeSSE?.();
        await wait(reconnectMs);
        return text("The answer after the stream was closed.");
      },
    },
    {
      name: "test_streaming_elicitation",
      description: "Answers without asking anything",
      run: () => text("Nothing was asked."),
    },
    {
      name: "test_trigger_tool_change",
      description: "Tells those who listen that the list of tools has changed",
      run: () => {
        announce.toolsChanged();
        return text("Told.");
      },
    },
    {
      name: "test_trigger_prompt_change",
      description: "Tells those who listen that the list of prompts has changed",
      run: () => {
        announce.promptsChanged();
        return text("Told.");
      },
    },
  ];
}
