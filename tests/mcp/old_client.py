"""The official MCP client of before 2026-07-28, run by an interpreter that has it: calls the tools that lines on its input
name, and prints what comes of each: how far it is, and its result.

    python tests/mcp/old_client.py URL KEY
"""

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client


def say(**told) -> None:
    print(json.dumps(told), flush=True)


async def tell(seq: float, total: float | None, message: str | None) -> None:
    say(progress=message)


async def main(url: str, key: str) -> None:
    async with (
        streamablehttp_client(url, headers={"x-api-key": key}) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        opened = await session.initialize()
        tools = [tool.name for tool in (await session.list_tools()).tools]
        say(version=opened.protocolVersion, server=opened.serverInfo.name, tools=tools)
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            done = await session.call_tool(asked["tool"], asked["arguments"], progress_callback=tell)
            say(refused=done.isError, told=done.structuredContent)


asyncio.run(main(*sys.argv[1:]))
