"""What requests that share a transaction have in common: all of it is done, or for sure nothing, or nobody knows."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection
from psycopg import errors as pg

UNDONE = (pg.DeadlockDetected, pg.SerializationFailure, pg.LockNotAvailable, pg.QueryCanceled)
"""Of what else may mean that the connection was lost, these say for sure that nothing was committed."""


class NothingDone(Exception):
    """Nothing of the group was done, and that is for sure."""

    @property
    def waited(self) -> Exception | None:
        """What it failed with, where it waited too long for a lock or a statement took too long."""
        error = told = self.__cause__
        while error is not None:
            if isinstance(error, OperationalError) and isinstance(error.__cause__, pg.LockNotAvailable | pg.QueryCanceled):
                return told if isinstance(told, Exception) else None
            error = error.__cause__
        return None


@contextmanager
def or_nothing() -> Iterator[None]:
    """What fails here was not committed: raises NothingDone, but where the connection may be lost, and in a transaction that
    is tried again."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, UNDONE) and not connection.in_atomic_block:
            raise NothingDone from error
        raise
    except InterfaceError:
        raise
    except Exception as error:
        raise NothingDone from error
