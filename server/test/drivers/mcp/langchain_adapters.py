"""LangChain's MCP adapters for Python: a session for each call."""

import asyncio
import os

from langchain_core.tools import ToolException
from langchain_mcp_adapters.client import MultiServerMCPClient

from told import CALLS, tell


async def main():
    client = MultiServerMCPClient(
        {
            "office": {
                "transport": "streamable_http",
                "url": os.environ["MCP_URL"],
                "headers": {"Authorization": f"Bearer {os.environ['MCP_TOKEN']}"},
            }
        }
    )
    tools = {tool.name: tool for tool in await client.get_tools()}
    tell("tools", sorted(tools))
    for name, given in CALLS:
        try:
            heard = await tools[name].ainvoke(given)
            tell(name, [False, heard if isinstance(heard, str) else heard[0]["text"]])
        except ToolException as error:
            tell(name, [True, str(error)])


asyncio.run(main())
