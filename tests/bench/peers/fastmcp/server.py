"""The tools of the guest `echo` that are measured, on FastMCP.

They are coroutines, since FastMCP hands any other function to a thread, which
costs more than what they do. Without an output schema the answer is the text
alone, as that of the others is.
"""

import json
from collections import Counter

from fastmcp import FastMCP

server = FastMCP("fastmcp")
hints = {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False}


@server.tool(annotations=hints, output_schema=None)
async def echo(text: str) -> str:
    """Answer with the text."""
    return text


@server.tool(annotations=hints, output_schema=None)
async def count(text: str) -> str:
    """Count the words of a JSON text."""
    counts = Counter(json.loads(text)["words"])
    return json.dumps(counts, sort_keys=True, separators=(",", ":"))


server.run(transport="stdio", show_banner=False, log_level="ERROR")
