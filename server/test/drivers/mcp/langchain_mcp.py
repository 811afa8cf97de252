"""LangChain for Python with its own adapter (`langchain[mcp]`), in a graph, whose person opens the page that a held call names."""

import asyncio
import os
import warnings
from typing import TypedDict

from langchain_core.tools import ToolException
from langgraph.checkpoint.memory import MemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from told import CALLS, tell

warnings.simplefilter("ignore")
from langchain.mcp import MCPAdapter  # noqa: E402


class State(TypedDict):
    name: str
    given: dict
    heard: list


async def main():
    headers = {"Authorization": f"Bearer {os.environ['MCP_TOKEN']}"}
    office = {"transport": "http", "url": os.environ["MCP_URL"], "headers": headers}
    async with MCPAdapter({"mcpServers": {"office": office}}) as adapter:
        tools = {tool.name: tool for tool in await adapter.list_tools()}
        tell("tools", sorted(tools))

        async def call(state):
            try:
                heard = await tools[state["name"]].ainvoke(state["given"])
                return {"heard": [False, heard if isinstance(heard, str) else heard[0]["text"]]}
            except ToolException as error:
                return {"heard": [True, str(error)]}

        graph = StateGraph(State)
        graph.add_node("call", call)
        graph.add_edge(START, "call")
        graph.add_edge("call", END)
        agent = graph.compile(checkpointer=MemorySaver())
        for name, given in CALLS:
            thread = {"configurable": {"thread_id": name}}
            step = {"name": name, "given": given}
            while True:
                state = await agent.ainvoke(step, thread)
                interrupts = state.get("__interrupt__")
                if not interrupts:
                    break
                opened = {each["key"]: {"action": "accept"} for each in interrupts[0].value["requests"]}
                step = Command(resume={"responses": opened})
            tell(name, state["heard"])


asyncio.run(main())
