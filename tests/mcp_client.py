"""Drives an MCP server with the official Python SDK, as the lines on standard input say.

    python mcp_client.py REVISION NAME http URL [HEADER=VALUE ...]
    python mcp_client.py REVISION NAME stdio PROGRAM [ARGUMENT ...]

REVISION is `current` or `previous`. Each line is a JSON object: {"id": 1, "tool": "report",
"arguments": {...}}, {"id": 2, "list": true} or {"id": 3, "cancel": 1}. Each line on standard output is
one too: {"ready": REVISION}, {"id", "progress"}, {"id", "result"} or {"id", "error"}.
"""

import json
import sys

import anyio
import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation

TIMEOUT = httpx2.Timeout(30, read=300)


def say(**fields):
    print(json.dumps(fields), flush=True)


def transport(how, where, rest):
    if how == "stdio":
        return StdioServerParameters(command=where, args=rest)
    headers = dict(header.split("=", 1) for header in rest)
    return streamable_http_client(where, http_client=httpx2.AsyncClient(headers=headers, timeout=TIMEOUT))


async def call(client, scopes, line):
    async def told(progress, total, message):
        say(id=line["id"], progress=message)

    scope = scopes[line["id"]] = anyio.CancelScope()
    with scope:
        try:
            result = await client.call_tool(line["tool"], line.get("arguments"), progress_callback=told)
            say(id=line["id"], result=result.model_dump(mode="json", by_alias=True, exclude_none=True))
        except Exception as error:
            say(id=line["id"], error=str(error))
    if scope.cancelled_caught:
        say(id=line["id"], error="cancelled")


async def list_tools(client, line):
    tools = await client.list_tools()
    say(id=line["id"], result=tools.model_dump(mode="json", by_alias=True, exclude_none=True))


async def main(revision, name, how, where, *rest):
    mode = "legacy" if revision == "previous" else "2026-07-28"
    info = Implementation(name=name, version="1")
    async with Client(transport(how, where, list(rest)), mode=mode, client_info=info) as client:
        say(ready=str(client.session.protocol_version))
        scopes = {}
        async with anyio.create_task_group() as tasks:
            async for text in anyio.wrap_file(sys.stdin):
                line = json.loads(text)
                if "cancel" in line:
                    scopes[line["cancel"]].cancel()
                elif "list" in line:
                    tasks.start_soon(list_tools, client, line)
                else:
                    tasks.start_soon(call, client, scopes, line)
            tasks.cancel_scope.cancel()


anyio.run(main, *sys.argv[1:])
