"""The site as one ASGI application: streams on the loop, sockets to Channels, the rest over the bridge to Django."""

import django
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator, WebsocketDenier
from django.conf import settings
from django.urls import path, re_path, resolve

django.setup(set_prefix=False)

from axme_site import callers, metrics  # noqa: E402 - models can be imported only now
from axme_site.bridge import Bridge  # noqa: E402
from axme_site.cells.passing import CellsEdge  # noqa: E402
from axme_site.edge import Edge  # noqa: E402
from axme_site.groups import Grouping  # noqa: E402
from axme_site.threads import Threads  # noqa: E402
from inbox.consumers.socket import Live  # noqa: E402
from intents import streams  # noqa: E402

# Django loads its URLs with the first request, which should neither wait for that nor be the one to find it impossible.
resolve("/health/ready")

LONGEST_QUEUE = 1000
"""Requests of one asker that wait for a thread before new ones are refused: a few seconds' work, and far from filling the
memory. Of several each has an equal share."""
LONGEST_SLOW_QUEUE = 100

threads = Threads(settings.BRIDGE_THREADS, "bridge", longest_queue=LONGEST_QUEUE, waited=metrics.BRIDGE_WAIT.observe)
# Each hash of a password takes 100 MB while it lasts.
slow = Threads(settings.SLOW_THREADS, "slow", longest_queue=LONGEST_SLOW_QUEUE)
metrics.watch_queue(lambda: threads.queued)

application = (CellsEdge if settings.CELLS else Edge)(
    threads=(threads, slow),
    bridge=Bridge(
        threads,
        slow=slow,
        limit=settings.REQUEST_MAX_BYTES,
        unasked=callers.STRANGERS_BYTES,
        refused=callers.refused,
        grouped=Grouping(threads).answer,
    ),
    streams=streams,
    sockets=AllowedHostsOriginValidator(URLRouter([path("live", Live.as_asgi()), re_path("", WebsocketDenier.as_asgi())])),
)
