"""Results over MCP as JSON: in the text of a result, and as its `structuredContent`.

Gradio's server writes the text of a result as Python prints it, which no program can read.
"""

import inspect
import json
import re
from typing import Any, Protocol

from mcp.types import CallToolRequest, CallToolResult, ServerResult, TextContent


class McpServer(Protocol):
    """What is used of Gradio's server: the one of the MCP SDK, and how it writes results."""

    mcp_server: Any
    postprocess_output_data: Any


def send_json(server: McpServer) -> None:
    """Make a server send the results of its tools as JSON. Errors stay sentences."""
    handlers = server.mcp_server.request_handlers
    call_tool = handlers[CallToolRequest]

    def write(results: list[Any], root_url: str) -> list[TextContent]:
        return [
            TextContent(type="text", text=json.dumps(one, ensure_ascii=False)) for one in results
        ]

    async def handle(request: CallToolRequest) -> ServerResult:
        answer: ServerResult = await call_tool(request)
        result = answer.root
        if isinstance(result, CallToolResult) and not result.isError:
            (content,) = result.content
            if isinstance(content, TextContent):
                result.structuredContent = _as_object(json.loads(content.text))
        return answer

    server.postprocess_output_data = write
    handlers[CallToolRequest] = handle


def join_arguments(docstring: str) -> str:
    """Return a docstring with each argument in one line: Gradio reads only the first.

    >>> print(join_arguments("Ask.\\nArgs:\\n    where: As\\n        in ask.\\n    top_k: 5"))
    Ask.
    Args:
        where: As in ask.
        top_k: 5
    """
    return re.sub(r"\n {8,}", " ", inspect.cleandoc(docstring))


def _as_object(result: Any) -> dict[str, Any]:
    """Return a result as the object that `structuredContent` has to be, a list as the SDK does.

    >>> _as_object({"text": "Ida"}), _as_object([1])
    ({'text': 'Ida'}, {'result': [1]})
    """
    return result if isinstance(result, dict) else {"result": result}
