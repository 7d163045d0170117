"""What the page of clients says of the public SDK is true of the routes."""

import ast
import inspect
import json
import re
from pathlib import Path

import axme_sdk.client
import axme_sdk.mesh

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {("GET", "/health")}
"""Answered, and no part of the description."""


def written(node: ast.expr) -> str:
    """A text of the source, with * for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(written, parts))
    return "*"


def calls() -> set[tuple[str, str]]:
    """What the SDK's methods call: method and path."""
    found = set()
    for module in (axme_sdk.client, axme_sdk.mesh):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            match node:
                case ast.Call(args=[ast.Constant(value=str(method)), path, *_]) if written(path).startswith("/"):
                    found.add((method, written(path)))
    return found


def test_each_call_of_the_sdk_is_answered_or_named_as_not_supported() -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]
    answered = {(method.upper(), re.sub(r"\{\w+\}", "*", path)) for path, methods in paths.items() for method in methods}
    rows = re.findall(r"^\| .* \| not supported.*$", (ROOT / "docs" / "clients.md").read_text(), re.MULTILINE)
    missing = {name for row in rows for name in re.findall(r"`/([\w-]+)`", row)}
    asked = calls()
    assert len(asked) > 80
    unanswered = {path.removeprefix("/v1").split("/")[1] for _, path in asked - answered - ELSEWHERE}
    assert unanswered - missing == set()
