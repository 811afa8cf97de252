"""OpenAI Agents SDK for Python. Its own patience is five seconds, less than people need."""

import asyncio
import os

from agents.mcp import MCPServerStreamableHttp

from told import CALLS, tell


async def main():
    async with MCPServerStreamableHttp(
        params={
            "url": os.environ["MCP_URL"],
            "headers": {"Authorization": f"Bearer {os.environ['MCP_TOKEN']}"},
        },
        client_session_timeout_seconds=60,
    ) as server:
        tell("tools", sorted(tool.name for tool in await server.list_tools()))
        for name, given in CALLS:
            result = await server.call_tool(name, given)
            tell(name, [bool(result.isError), result.content[0].text])


asyncio.run(main())
