"""The engine that `settings.DATABASES` names.

A server that became a standby, or was made read-only for a switch, refuses each write with SQLSTATE 25006, of which Django
makes an InternalError, as of a bug. To those who ask it is one that is away: trying again helps, once there is another.
"""

import time
from types import TracebackType
from typing import Any

from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper, OperationalError
from django.utils.functional import cached_property
from psycopg import errors as pg


class Errors(DatabaseErrorWrapper):
    """Raises OperationalError where a write was refused."""

    wrapper: "DatabaseWrapper"

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(exc_value, pg.ReadOnlySqlTransaction):
            # By its address there may be another server by now: connect anew as soon as this transaction is over.
            self.wrapper.close_at = time.monotonic()
            self.wrapper.errors_occurred = True
            raise OperationalError(*exc_value.args).with_traceback(traceback) from exc_value
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    close_at: float | None
    errors_occurred: bool

    @cached_property
    def wrap_database_errors(self) -> Any:
        return Errors(self)
