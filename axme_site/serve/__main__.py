"""One web process: `python -m axme_site.serve --server uvicorn --host 127.0.0.1 --port 8000`.

Start several on one port with `--reuse-port`, or on ports of their own behind a proxy.
"""

import argparse
import importlib
import os
import sys

from django.core.exceptions import ImproperlyConfigured


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m axme_site.serve", description="One web process of AXME Inbox.")
    parser.add_argument("--server", choices=("uvicorn", "daphne"), default="uvicorn")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--reuse-port", action="store_true", help="share the port with other processes")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axme_site.settings")
    try:
        # The application first: it sets up Django, whose models the servers import.
        application = importlib.import_module("axme_site.asgi").application
        # By name: either server brings an event loop of its own along when it is imported.
        server = importlib.import_module(f"axme_site.serve.{options.server}")
        server.run(options.host, options.port, application=application, reuse_port=options.reuse_port)
    except ImproperlyConfigured as error:
        sys.exit(f"Cannot start: {error}")
    except OSError as error:
        sys.exit(f"Cannot listen on {options.host}:{options.port}: {error.strerror or error}")


if __name__ == "__main__":
    main()
