"""The protocol's own kit for Python, second line (mcp 2.x), which asks a server for the newest revision first."""

import asyncio
import os

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from told import CALLS, tell


async def main():
    headers = {"Authorization": f"Bearer {os.environ['MCP_TOKEN']}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(os.environ["MCP_URL"], http_client=http)
        async with Client(transport) as client:
            tools = await client.list_tools()
            tell("tools", sorted(tool.name for tool in tools.tools))
            for name, given in CALLS:
                result = await client.call_tool(name, given)
                tell(name, [bool(result.is_error), result.content[0].text])


asyncio.run(main())
