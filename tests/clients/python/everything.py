"""The official Python SDK with the guest `everything`, in both eras: it answers
what plugins ask of it, and is told what changes.

Prints `ok NAME` or `FAILED NAME: ...` for each check. Wants two variables:
PORTCULLIS_BIN, the program, and PORTCULLIS_GUESTS, the folder of the built
guests.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp.types import (
    CreateMessageResult,
    ElicitResult,
    ListRootsResult,
    ResourceUpdatedNotification,
    Root,
    TextContent,
)

BINARY = os.environ["PORTCULLIS_BIN"]
GUESTS = Path(os.environ["PORTCULLIS_GUESTS"])
MODES = {"legacy": "legacy", "modern": "2026-07-28"}
WATCHED = "test://watched-resource"
MISSING_CAPABILITY = -32021
# Bounds a wait for what has to come; nothing waits for it to pass.
SECONDS = 60

# Subscribing in the legacy way is what is tested.
warnings.simplefilter("ignore", MCPDeprecationWarning)


async def accept(_, params):
    """Fills in every form that the guest has."""
    values = {"username": "alice", "email": "alice@example.com", "name": "Alice", "color": "blue", "ok": True}
    asked = params.requested_schema["properties"]
    return ElicitResult(action="accept", content={name: values[name] for name in asked})


async def decline(*_):
    return ElicitResult(action="decline")


async def sample(_, params):
    asked = params.messages[0].content.text
    return CreateMessageResult(role="assistant", model="none", content=TextContent(type="text", text=f"no idea: {asked}"))


async def roots(_):
    return ListRootsResult(roots=[Root(uri="file:///project", name="work")])


class Connection:
    """How to connect, and what was told without being asked for."""

    def __init__(self, environment, mode):
        self.environment = {**environment, "PORTCULLIS_LOG": "error"}
        self.mode = mode
        self.updates = asyncio.Queue()

    def client(self, **callbacks):
        server = StdioServerParameters(command=BINARY, args=["serve"], env=self.environment)
        return Client(
            server, mode=self.mode, read_timeout_seconds=SECONDS, message_handler=self.told, **callbacks
        )

    async def told(self, message):
        if isinstance(message, ResourceUpdatedNotification):
            self.updates.put_nowait(str(message.params.uri))


async def text(client, tool, arguments=None, **options):
    result = await client.call_tool(tool, arguments or {}, **options)
    assert not result.is_error, result
    return result.content[0].text


async def check_elicitation(connection):
    async with connection.client(elicitation_callback=accept) as client:
        said = await text(client, "test_elicitation", {"message": "Who are you?"})
        assert said.startswith("User response: action=accept") and "alice@example.com" in said, said
        assert await text(client, "test_input_required_result_elicitation") == "Hello, Alice!"


async def check_rounds(connection):
    async with connection.client(elicitation_callback=accept) as client:
        said = await text(client, "test_input_required_result_multi_round")
        assert said == "Alice likes blue", said


async def check_decline(connection):
    async with connection.client(elicitation_callback=decline) as client:
        said = await text(client, "test_elicitation", {"message": "Who are you?"})
        assert said.startswith("User response: action=decline"), said


async def check_prompt(connection):
    async with connection.client(elicitation_callback=answer_context) as client:
        prompt = await client.get_prompt("test_input_required_result_prompt")
        assert "a rainy day" in prompt.messages[0].content.text, prompt


async def answer_context(*_):
    return ElicitResult(action="accept", content={"context": "a rainy day"})


async def check_sampling(connection):
    async with connection.client(sampling_callback=sample) as client:
        said = await text(client, "test_sampling", {"prompt": "why?"})
        assert said == "LLM response: no idea: why?", said


async def check_roots(connection):
    async with connection.client(list_roots_callback=roots) as client:
        said = await text(client, "test_input_required_result_list_roots")
        assert "file:///project" in said, said


async def check_undeclared(connection):
    """What the client has not said that it can, it is not asked for."""
    async with connection.client(sampling_callback=sample) as client:
        try:
            await client.call_tool("test_elicitation", {"message": "Who are you?"})
        except MCPError as error:
            assert error.error.data == {"requiredCapabilities": {"elicitation": {}}}, error.error
            assert connection.mode == "legacy" or error.code == MISSING_CAPABILITY, error
        else:
            raise AssertionError("a client that declares no elicitation is not asked")


async def check_progress(connection):
    seen = []

    async def progress(done, total, _):
        seen.append((done, total))

    async with connection.client() as client:
        await text(client, "test_tool_with_progress", progress_callback=progress)
    assert seen == [(0, 100), (50, 100), (100, 100)], seen


async def check_subscription(connection):
    async with connection.client() as client:
        if connection.mode == "legacy":
            await client.subscribe_resource(WATCHED)
            await text(client, "test_update_watched_resource")
            assert await asyncio.wait_for(connection.updates.get(), SECONDS) == WATCHED
            await client.unsubscribe_resource(WATCHED)
        else:
            async with client.listen(resource_subscriptions=[WATCHED]) as subscription:
                await text(client, "test_update_watched_resource")
                event = await asyncio.wait_for(anext(aiter(subscription)), SECONDS)
                assert event.uri == WATCHED, event
        # Nothing more is told once nobody listens.
        while not connection.updates.empty():
            connection.updates.get_nowait()
        await text(client, "test_update_watched_resource")
        await text(client, "test_simple_text")
        assert connection.updates.empty(), connection.updates


async def run(environment):
    checks = [
        check_elicitation,
        check_rounds,
        check_decline,
        check_prompt,
        check_sampling,
        check_roots,
        check_undeclared,
        check_progress,
        check_subscription,
    ]
    failed = False
    for name, mode in MODES.items():
        for check in checks:
            label = f"python {name} everything {check.__name__.removeprefix('check_')}"
            try:
                await check(Connection(environment, mode))
                print(f"ok {label}", flush=True)
            except Exception as error:
                failed = True
                print(f"FAILED {label}: {told(error)}", flush=True)
    return failed


def told(error):
    """In one line, what was raised, out of the groups that tasks wrap it in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return " ".join(f"{type(error).__name__}: {error}".split())


def main():
    with tempfile.TemporaryDirectory() as home:
        environment = {"PORTCULLIS_CONFIG": f"{home}/portcullis.toml", "PORTCULLIS_DATA": f"{home}/data"}
        subprocess.run(
            [BINARY, "add", str(GUESTS / "everything"), "--grant-all"],
            env={**os.environ, **environment},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        sys.exit(asyncio.run(run(environment)))


if __name__ == "__main__":
    main()
