"""The official Python SDK as the client of all four plugins, in both eras.

Prints `ok NAME` or `FAILED NAME: ...` for each check. Wants two variables:
PORTCULLIS_BIN, the program, and PORTCULLIS_PLUGINS, the folder of the built
plugins.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters
from mcp.types import PromptReference

BINARY = os.environ["PORTCULLIS_BIN"]
PLUGINS = Path(os.environ["PORTCULLIS_PLUGINS"])
MODES = {"legacy": "legacy", "modern": "2026-07-28", "auto": "auto"}


class OpenMeteo(BaseHTTPRequestHandler):
    """The two APIs that `weather` asks, which know Berlin and nothing else."""

    def do_GET(self):
        url = urlparse(self.path)
        query = parse_qs(url.query)
        if url.path == "/v1/search" and query["name"] == ["Berlin"]:
            self.answer({"results": [{"name": "Berlin", "latitude": 52.5, "longitude": 13.4, "country": "Germany"}]})
        elif url.path == "/v1/search":
            self.answer({"generationtime_ms": 0.5})
        else:
            days = int(query["forecast_days"][0])
            self.answer(
                {
                    "timezone": "Europe/Berlin",
                    "daily": {
                        "time": [f"2026-03-{day:02}" for day in range(1, days + 1)],
                        "weather_code": [61] * days,
                        "temperature_2m_max": [9.5] * days,
                        "temperature_2m_min": [2.5] * days,
                        "precipitation_sum": [1.25] * days,
                    },
                }
            )

    def answer(self, body):
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def install(home, web):
    """A home with the four plugins, and its environment."""
    environment = {"PORTCULLIS_CONFIG": str(home / "portcullis.toml"), "PORTCULLIS_DATA": str(home / "data")}
    notes = home / "notes"
    notes.mkdir()
    (notes / "todo.md").write_text("- water the plants\n")
    url = f"http://127.0.0.1:{web.server_port}"
    grants = {
        "calculator": [],
        "filesystem": [f"filesystem.notes={notes}"],
        "review": [],
        "weather": [f"settings.geocoding-url={url}", f"settings.forecast-url={url}", f"http={url}"],
    }
    for plugin, granted in grants.items():
        flags = [word for grant in granted for word in ("--grant", grant)] or ["--grant-all"]
        subprocess.run(
            [BINARY, "add", str(PLUGINS / plugin), *flags],
            env={**os.environ, **environment},
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return environment


async def check_calculator(client):
    tools = (await client.list_tools()).tools
    calculate = next(tool for tool in tools if tool.name == "calculate")
    assert calculate.description and calculate.output_schema, calculate
    result = await client.call_tool("calculate", {"expression": "6 * 7"})
    assert result.structured_content["value"] == 42, result
    result = await client.call_tool("calculate", {"expression": "6 *"})
    assert result.is_error, result


async def check_filesystem(client):
    result = await client.call_tool("read_file", {"path": "/notes/todo.md"})
    assert result.content[0].text == "- water the plants\n", result
    result = await client.call_tool("read_file", {"path": "/notes/../portcullis.toml"})
    assert result.is_error, result
    resources = (await client.list_resources()).resources
    assert any(str(resource.uri) == "fs://allowed-directories" for resource in resources), resources
    read = await client.read_resource("fs://allowed-directories")
    assert "/notes" in read.contents[0].text, read


async def check_review(client):
    prompts = (await client.list_prompts()).prompts
    assert [prompt.name for prompt in prompts] == ["code_review", "debug_error"], prompts
    prompt = await client.get_prompt("code_review", {"code": "fn main() {}"})
    assert "fn main() {}" in prompt.messages[0].content.text, prompt
    reference = PromptReference(type="ref/prompt", name="code_review")
    completed = await client.complete(reference, {"name": "language", "value": "ru"})
    assert "rust" in completed.completion.values, completed


async def check_weather(client):
    result = await client.call_tool("get_forecast", {"city": "Berlin", "days": 2})
    assert result.structured_content["days"][1]["date"] == "2026-03-02", result
    templates = (await client.list_resource_templates()).resource_templates
    assert any(template.uri_template == "weather://{city}/current" for template in templates), templates
    read = await client.read_resource("weather://cities")
    assert json.loads(read.contents[0].text)["cities"], read


async def check_errors(client):
    try:
        await client.call_tool("no_such_tool", {})
    except MCPError as error:
        assert error.code == -32602, error
    else:
        raise AssertionError("an unknown tool is an error")


async def run(environment):
    checks = [check_calculator, check_filesystem, check_review, check_weather, check_errors]
    failed = False
    for name, mode in MODES.items():
        server = StdioServerParameters(command=BINARY, args=["serve"], env={**environment, "PORTCULLIS_LOG": "error"})
        async with Client(server, mode=mode, read_timeout_seconds=60) as client:
            for check in checks:
                label = f"python {name} {check.__name__.removeprefix('check_')}"
                try:
                    await check(client)
                    print(f"ok {label}", flush=True)
                except Exception as error:
                    failed = True
                    print(f"FAILED {label}: {type(error).__name__}: {error}", flush=True)
    return failed


def main():
    web = ThreadingHTTPServer(("127.0.0.1", 0), OpenMeteo)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        environment = install(Path(home), web)
        sys.exit(asyncio.run(run(environment)))


if __name__ == "__main__":
    main()
