"""What a proof of reliability runs on: an installation of its own."""

import time

from tests.acceptance.processes import secrets
from tests.load.servers import Database, Redis
from tests.load.sites import Scaled
from tests.services import Guarded

TELL_SECONDS = 10.0


class Ground:
    """What a scenario runs on."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.guarded = Guarded()
        self.database = Database(self.guarded, durable=True)
        self.redis = Redis(self.guarded)
        self._told = 0.0
        self.database.start()
        self.redis.start()
        urls = {"database_url": self.database.url, "redis_url": self.redis.url}
        self.secrets = secrets()
        self.site = Scaled(self.guarded, **urls, **self.secrets, UNDO_SECONDS="1")
        self.site.prepare()
        self.site.start("uvicorn", "daphne", workers=2)

    def tell(self, line: str) -> None:
        """Show progress now and then."""
        if time.monotonic() - self._told > TELL_SECONDS:
            self._told = time.monotonic()
            print(f"  {time.strftime('%H:%M:%S')} {line}", flush=True)

    def end(self) -> None:
        self.site.end()
        self.redis.stop()
        self.database.stop()
        self.guarded.end()
