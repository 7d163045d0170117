"""The engine that `settings.DATABASES` names.

A server that became a standby, or was made read-only for a switch, refuses each write with SQLSTATE 25006, of which Django
makes an InternalError, as of a bug. To those who ask it is one that is away: trying again helps, once there is another.

What a session has prepared outlives a transaction that is undone, in PostgreSQL. psycopg lets go of all of it, in case that
something made there is gone: then each request that is refused costs its thread's session all plans. So what is refused
here, and not by the server, is undone without that.
"""

import time
from datetime import UTC
from types import TracebackType
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from django.db.utils import DatabaseErrorWrapper, OperationalError
from django.utils.functional import cached_property
from psycopg import Connection, abc, adapters
from psycopg import errors as pg
from psycopg.pq import Format, TransactionStatus

from intents.kernel import replica

TIMESTAMPTZ = adapters.types["timestamptz"].oid


class UtcLoader:
    """Reads times as psycopg itself does, which is compiled, in UTC, as Django's sessions are. Django's own reader takes
    twenty times as long, and a row of most tables has several."""

    format = Format.TEXT
    timezone = UTC
    """What Django asks of the reader of a connection."""

    def __call__(self, oid: int, context: abc.AdaptContext | None = None) -> abc.Loader:
        found = adapters.get_loader(TIMESTAMPTZ, Format.TEXT)
        assert found is not None
        return found(oid, context)


_utc: Any = UtcLoader()

STALE = (pg.FeatureNotSupported, pg.InvalidSqlStatementName)
"""What a prepared statement is refused by once its columns are others, or when the server does not know it."""


class Errors(DatabaseErrorWrapper):
    """Raises OperationalError where a write was refused."""

    wrapper: "DatabaseWrapper"

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(exc_value, pg.Error):
            self.wrapper.refused = True
        if isinstance(exc_value, pg.ReadOnlySqlTransaction) and self.wrapper.alias != replica.ALIAS:
            # By its address there may be another server by now: connect anew as soon as this transaction is over.
            self.wrapper.close_at = time.monotonic()
            self.wrapper.errors_occurred = True
            raise OperationalError(*exc_value.args).with_traceback(traceback) from exc_value
        if isinstance(exc_value, STALE):
            self.wrapper.close_at = time.monotonic()
        super().__exit__(exc_type, exc_value, traceback)


class Impatient(Connection[Any]):
    """A session of the standby, which is given up when the standby takes too long."""

    def wait(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().wait(*args, **{"timeout": replica.patience(), **kwargs})
        except pg.OperationalError:
            if self.info.transaction_status is TransactionStatus.ACTIVE:
                self.close()  # it may still answer, and nobody waits for it
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    close_at: float | None
    errors_occurred: bool
    refused = False
    """Whether anything failed in the session since psycopg let go of what is prepared in it: some of that may be stale."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        self.refused = False
        if self.timezone == UTC:
            connection.adapters.register_loader("timestamptz", _utc)
        if self.alias == replica.ALIAS:
            connection.read_only = True  # also if it is no standby
            connection.__class__ = Impatient  # Django connects by psycopg's own
        return connection

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        if not autocommit and self.alias == DEFAULT_DB_ALIAS:
            replica.ensure_writable()
        super().set_autocommit(autocommit, *args, **kwargs)

    def _cursor(self, name: str | None = None) -> Any:
        if self.alias == DEFAULT_DB_ALIAS:
            replica.ensure_writable()
        return super()._cursor(name)  # type: ignore[misc]  # the stubs lack it

    def _rollback(self) -> None:
        status = self._status()
        if self.refused or status is not TransactionStatus.INTRANS:
            super()._rollback()  # type: ignore[misc]  # the stubs lack it
            # Where no transaction is under way nothing is undone, and psycopg lets go of nothing.
            self.refused = self.refused and status is TransactionStatus.IDLE
        else:
            self._undo("ROLLBACK")

    def _savepoint_rollback(self, sid: str) -> None:
        if self.refused or self._status() is not TransactionStatus.INTRANS:
            super()._savepoint_rollback(sid)  # type: ignore[misc]
        else:
            self._undo(self.ops.savepoint_rollback_sql(sid))

    def _status(self) -> TransactionStatus:
        return self.connection.info.transaction_status if self.connection else TransactionStatus.UNKNOWN

    def _undo(self, command: str) -> None:
        """Send `command` as psycopg's own `rollback` does, and let go of nothing."""
        session = self.connection
        with debug_transaction(self, command), self.wrap_database_errors, session.lock:
            session.wait(session._exec_command(command))

    @cached_property
    def wrap_database_errors(self) -> Any:
        return Errors(self)
