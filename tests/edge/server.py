"""A web process with views and streams made for the tests: `python -m tests.edge.server uvicorn 8001 75 10`:
kind, port, seconds to keep an idle connection, seconds to drain."""

import importlib
import os
import sys

import django
from django.conf import settings


def main(server: str, port: int, keep_alive: int, drain: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axme_site.settings")
    settings.ROOT_URLCONF = "tests.edge.urls"
    django.setup(set_prefix=False)
    importlib.import_module("axme_site.serve").KEEP_ALIVE_SECONDS = keep_alive  # type: ignore[attr-defined]
    importlib.import_module("axme_site.edge").DRAIN_SECONDS = drain  # type: ignore[attr-defined]
    application = importlib.import_module("tests.edge.site").application
    importlib.import_module(f"axme_site.serve.{server}").run("127.0.0.1", port, application=application)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
