"""FastMCP's client with the guest `everything`, over stdio and HTTP, in both
eras.

Prints `ok NAME` or `FAILED NAME: ...` for each check. Wants two variables:
PORTCULLIS_BIN, the program, and PORTCULLIS_GUESTS, the folder of the built
guests.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp.exceptions import ToolError
from mcp import MCPError

BINARY = os.environ["PORTCULLIS_BIN"]
GUESTS = Path(os.environ["PORTCULLIS_GUESTS"])
MODES = {"legacy": "legacy", "modern": "2026-07-28", "auto": "auto"}
SERVING = "serving on "
SECONDS = 60


async def accept(message, response_type, params, context):
    """Fills in the form of `test_elicitation`."""
    return {"username": "alice", "email": "alice@example.com"}


async def check_list(client):
    tools = await client.list_tools()
    assert tools[0].name == "test_simple_text" and tools[0].description, tools
    resources = await client.list_resources()
    assert any(str(resource.uri) == "test://static-text" for resource in resources), resources
    templates = await client.list_resource_templates()
    assert any(template.uri_template == "test://template/{id}/data" for template in templates), templates
    prompts = await client.list_prompts()
    assert any(prompt.name == "test_prompt_with_arguments" for prompt in prompts), prompts


async def check_call(client):
    result = await client.call_tool("test_simple_text", {})
    assert result.content[0].text == "This is a simple text response for testing.", result
    try:
        await client.call_tool("test_error_handling", {})
    except ToolError as error:
        assert "intentionally returns an error" in str(error), error
    else:
        raise AssertionError("a tool's error is raised")


async def check_read(client):
    contents = await client.read_resource("test://static-text")
    assert contents[0].text == "This is the content of the static text resource.", contents
    contents = await client.read_resource("test://template/123/data")
    assert '"id":"123"' in contents[0].text, contents
    try:
        await client.read_resource("test://no-such-resource")
    except MCPError as error:
        assert "test://no-such-resource" in str(error), error
    else:
        raise AssertionError("an unknown resource is an error")


async def check_get(client):
    prompt = await client.get_prompt("test_prompt_with_arguments", {"arg1": "one", "arg2": "two"})
    assert "arg1='one', arg2='two'" in prompt.messages[0].content.text, prompt


async def check_elicitation(client):
    result = await client.call_tool("test_elicitation", {"message": "Who are you?"})
    assert "action=accept" in result.content[0].text and "alice" in result.content[0].text, result


async def run(environment, url):
    checks = [check_list, check_call, check_read, check_get, check_elicitation]
    transports = {
        "stdio": lambda: StdioTransport(BINARY, ["serve"], env={**environment, "PORTCULLIS_LOG": "error"}),
        "http": lambda: url,
    }
    failed = False
    for transport, server in transports.items():
        for name, mode in MODES.items():
            for check in checks:
                label = f"fastmcp {transport} {name} {check.__name__.removeprefix('check_')}"
                try:
                    async with Client(server(), mode=mode, elicitation_handler=accept, timeout=SECONDS) as client:
                        await check(client)
                    print(f"ok {label}", flush=True)
                except Exception as error:
                    failed = True
                    said = " ".join(f"{type(error).__name__}: {error}".split())
                    print(f"FAILED {label}: {said}", flush=True)
    return failed


@contextmanager
def served(environment):
    """The program at a port of loopback; gives its address."""
    variables = {**os.environ, **environment, "PORTCULLIS_LOG": "info"}
    command = [BINARY, "serve", "--http", "127.0.0.1:0"]
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as server:
        try:
            for line in server.stderr:
                if SERVING in line:
                    break
            else:
                raise RuntimeError("the program ended before it served")
            # What it logs from here on must not fill the pipe.
            threading.Thread(target=server.stderr.read, daemon=True).start()
            yield line.split(SERVING)[1].strip()
        finally:
            server.terminate()


def main():
    with tempfile.TemporaryDirectory() as home:
        environment = {"PORTCULLIS_CONFIG": f"{home}/portcullis.toml", "PORTCULLIS_DATA": f"{home}/data"}
        subprocess.run(
            [BINARY, "add", str(GUESTS / "everything"), "--grant-all"],
            env={**os.environ, **environment},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with served(environment) as url:
            failed = asyncio.run(run(environment, url))
    sys.exit(failed)


if __name__ == "__main__":
    main()
