"""The protocol's own kit for Python, first line (mcp 1.x): a session of 2025-11-25."""

import asyncio
import os
from datetime import timedelta

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from told import CALLS, tell


async def main():
    headers = {"Authorization": f"Bearer {os.environ['MCP_TOKEN']}"}
    async with streamablehttp_client(os.environ["MCP_URL"], headers=headers) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = await session.list_tools()
            tell("tools", sorted(tool.name for tool in tools.tools))
            for name, given in CALLS:
                result = await session.call_tool(
                    name, given, read_timeout_seconds=timedelta(seconds=60)
                )
                tell(name, [result.isError, result.content[0].text])


asyncio.run(main())
