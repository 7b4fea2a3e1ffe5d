"""The edges of a whole node under fuzz: assistants (MCP), tokens (OAuth), forms with files, answers of providers, consents and their receipts."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from whole_node import WholeNode

from fuzz.asking import JSON_WORDS, Asked, Breaking, _all, _body

MCP_PATH: Final = "/mcp"
MCP_HEADERS: Final = {
    "accept": "application/json, text/event-stream",
    "content-type": "application/json",
    "host": "127.0.0.1:8000",
}
FORM: Final = "application/x-www-form-urlencoded"
TOKEN: Final = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ.eyJpc3MiOiJjaXR5OngiLCJzdWIiOiJtYWMtMSIsImF1ZCI6Imh0dHA6Ly8xMjcuMC4wLjE6ODAwMCIsImV4cCI6OTk5OTk5OTk5OSwianRpIjoiYSJ9.c2ln"  # fmt: skip
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PARTS: Final = b'--x\r\ncontent-disposition: form-data; name="step"\r\n\r\nphoto\r\n--x\r\ncontent-disposition: form-data; name="photos"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0abc\r\n--x--\r\n'  # fmt: skip


def _call(tool: str, **arguments: Any) -> dict[str, Any]:
    return {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    }


def _mcp(text: bytes) -> Asked:
    return Asked("POST", MCP_PATH, b"", text, MCP_HEADERS)


def _form(*fields: dict[str, str]) -> tuple[bytes, ...]:
    return tuple(urlencode(one).encode() for one in fields)


def _answer_of_provider(text: bytes) -> Asked:
    return Asked("GET", "/demo/sign-in/from/town", text)


EDGES: Final[dict[str, Breaking]] = {
    "mcp": Breaking(
        _all(
            {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}},
            {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
            {"jsonrpc": "2.0", "method": "notifications/initialized"},
            _call("query_entities", type="Report", q="status==\"received\"", near={"latitude": 35.3, "longitude": 141.0, "within_m": 500}, limit=3),
            _call("find_types", text="街灯"),
            _call("aggregate", id="urn:a:1", attribute="watts", methods=["max"]),
            {"jsonrpc": "2.0", "id": "x", "method": "resources/read", "params": {"uri": "kaiteki://demo"}},
        ),
        (*JSON_WORDS, b'"jsonrpc":"2.0"', b'"method":', b'"id":null', b'"cursor":"x"', b"tools/call"),
        _mcp,
    ),
    "token": Breaking(
        _form(
            {"grant_type": "client_credentials", "client_id": "mac-1", "client_secret": "x", "scope": "staff"},
            {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": TOKEN},
            {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": TOKEN, "subject_token_type": "urn:ietf:params:oauth:token-type:jwt"},
        ),
        (b"&", b"=", b"%", b"grant_type=", b"client_assertion=", b".", b"..", b"eyJhbGciOiJub25lIn0."),
        _body("POST", "/oauth/token", FORM),
    ),
    "basic": Breaking(
        _all("Basic bWFjLTE6eA==", "Basic bWFjLTElM0E6JTI1", "Bearer abc.def"),
        (b"Basic ", b"=", b":", b"==", b"\xff"),
        lambda text: Asked("POST", "/oauth/token", b"", b"grant_type=client_credentials", {"content-type": FORM, "authorization": text.decode("latin-1")}),
    ),
    "files": Breaking((PARTS,), (b"--x", b"--x--", b"\r\n\r\n", b'name="', b"filename*=utf-8''%ff", b"content-transfer-encoding: base64"), _body("POST", "/demo/reports/new/photo", "multipart/form-data; boundary=x")),
    "answer of a provider": Breaking(_form({"code": "a", "state": "b", "iss": "https://idp.example"}, {"error": "access_denied", "state": "b"}), (b"&", b"=", b"%", b"state=", b"iss=https://[", b"code="), _answer_of_provider),
    "consent": Breaking(_all({"purpose": "reports.forward", "notice": 1, "items": ["ReportContact.name"], "event": "given"}), JSON_WORDS, _body("POST", "/demo/services/trust/decide_consent")),
    "receipt": Breaking(_all("/my/consents/reports.forward/receipt.json", "/personal-data/notices/reports.forward/1"), (b"/", b"..", b"%00"), lambda text: Asked("GET", "/demo" + text.decode("latin-1"))),
    "statistics": Breaking(_all({"text": "a,b\nx,y\n", "title": "t", "data_class": "people", "down": "a", "across": "b", "mechanism": "noise", "groups_down": ["x"], "groups_across": ["y"], "budget": "urn:x", "epsilon": "0.5"}), (*JSON_WORDS, b"1e9", b"\\r", b"suppress", b"round"), _body("POST", "/demo/services/opendata/release")),
    "stream": Breaking(_all("lastEventId=3", "lastEventId=0&options=x"), (b"lastEventId=", b"-1", b"&", "３".encode()), lambda text: Asked("GET", "/ngsi-ld/v1/subscriptions/urn:x/stream", text)),
}  # fmt: skip
"""Every other reader of a request, by what is broken."""


async def send(node: WholeNode, asked: Asked) -> tuple[int, bytes]:
    """Ask a node."""
    query = asked.query.decode("latin-1")
    reply = await node.send(asked.method, f"{asked.path}?{query}", asked.body, asked.headers)
    return reply.status, reply.body
