"""The unit of work: one transaction a service, retried after a deadlock or serialization failure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, InternalError, OperationalError, connection, transaction
from psycopg import errors as pg

from intents.kernel import failpoints
from intents.kernel.errors import Conflict, Unavailable

P = ParamSpec("P")
R = TypeVar("R")

RETRIES = 2


def unit(service: Callable[P, R]) -> Callable[P, R]:
    """Run `service` in one transaction; inside another unit it joins that one.

    Deadlocks and serialization failures are retried twice. A lock, a statement or a pause between two that takes too
    long raises Unavailable: nothing was changed, and the caller may come again.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return service(*args, **kwargs)
        for attempt in range(RETRIES + 1):
            try:
                with transaction.atomic():
                    done = service(*args, **kwargs)
                    failpoints.hit("before_commit")
                failpoints.hit("after_commit")
                return done
            except (OperationalError, InternalError) as error:
                match error.__cause__:
                    case pg.DeadlockDetected() | pg.SerializationFailure() if attempt < RETRIES:
                        continue
                    case pg.LockNotAvailable() | pg.QueryCanceled() | pg.DeadlockDetected():
                        raise Unavailable("the intent is busy; try again in a moment") from error
                    case pg.IdleInTransactionSessionTimeout():
                        raise Unavailable("this took too long; try again in a moment") from error
                raise
        raise AssertionError("unreachable")

    return run


@contextmanager
def unless_taken(taken: Conflict) -> Iterator[None]:
    """Raises `taken`, and keeps nothing of what the block wrote, when that broke a unique constraint."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if isinstance(error.__cause__, pg.UniqueViolation):
            raise taken from None
        raise
