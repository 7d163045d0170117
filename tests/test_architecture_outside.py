"""The rules of the house about what leaves a process, and what may end it."""

import ast
import sys
from pathlib import Path

import pytest

from intents.kernel import failpoints
from tests.test_architecture import nodes, parsed

HTTP_CLIENTS = {
    "httpcore": {
        "intents/sending/connections.py",
        "intents/sending/exchanges.py",
        "intents/sending/wire.py",
        "axme_site/cells/passing.py",  # to the operator's own cells
    },
    "httptools": {"intents/sending/wire.py"},
    "requests": {"intents/sending/adapter.py"},
    "apprise": {"inbox/notifications/channels/outside.py"},
}
"""Libraries that talk HTTP to others, and who may use them. OpenTelemetry's exporter is its own."""
OTHER_CLIENTS = {"aiohttp", "ftplib", "http.client", "httpx", "pycurl", "urllib.request", "urllib3"}


def test_nothing_of_the_server_talks_http_past_the_connector() -> None:
    found = {
        (module, name)
        for name, tree in parsed()
        for node in nodes(tree)
        for module in _imported(node)
        if module in OTHER_CLIENTS or name not in HTTP_CLIENTS.get(module.partition(".")[0], {name})
    }
    assert found == set()


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [one.name for one in names]
        case ast.ImportFrom(module=str(module), names=names):
            return [module, *(f"{module}.{one.name}" for one in names)]
    return []


def test_every_failpoint_is_known_by_the_name_that_the_code_passes_it_by() -> None:
    passed = {
        ast.unparse(argument)
        for _, tree in parsed()
        for node in nodes(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("failpoints.hit", "hit")
        for argument in node.args
    }
    assert passed == {repr(name) for name in failpoints.NAMES}


ADAPTERS = Path(__file__).parents[1] / "adapters" / "axme_inbox"
FRAMEWORKS = {
    "agent_framework": {"agent_framework", "pydantic"},
    "celery": {"celery"},
    "crewai": {"crewai", "pydantic"},
    "django": {"django"},
    "google_adk": {"google"},
    "langgraph": {"langgraph", "langchain_core"},
    "openai_agents": {"agents"},
    "pydantic_ai": {"pydantic_ai", "pydantic"},
    "temporal": {"temporalio"},
}
"""What each adapter may import beside the standard library, httpx and the package itself."""


@pytest.mark.parametrize("module", sorted(ADAPTERS.glob("*.py")), ids=lambda module: module.stem)
def test_an_adapter_is_small_and_imports_its_framework_alone(module: Path) -> None:
    text = module.read_text()
    assert len(text.splitlines()) < 200
    tops = {name.partition(".")[0] for node in ast.walk(ast.parse(text)) for name in _imported(node)}
    assert tops - sys.stdlib_module_names - {"httpx", "axme_inbox"} <= FRAMEWORKS.get(module.stem, set())
