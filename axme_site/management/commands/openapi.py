"""`manage.py openapi FILE`: the API's own description, as a file."""

import json
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandParser

from axme_site.api import api


class Command(BaseCommand):
    help = "Write the OpenAPI document that the server answers at /openapi.json to a file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        file.write_text(document())


def document() -> str:
    """The document as text, the same for the same code."""
    return json.dumps(api.get_openapi_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
