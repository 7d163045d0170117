"""Typed readers of the process environment.

An empty variable counts as unset. Every reader raises ImproperlyConfigured with the variable's name, so a wrong value
stops the process at start instead of surfacing later.
"""

import os
import secrets
import tempfile
import warnings
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from intents.kernel import redis_urls

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def flag(name: str, default: bool) -> bool:
    value = text(name, "").lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")


def integer(name: str, default: int, *, at_least: int, at_most: int) -> int:
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None
    if not at_least <= number <= at_most:
        raise ImproperlyConfigured(f"{name} must lie between {at_least} and {at_most}, not {value}")
    return number


def seconds(name: str, default: float, *, at_least: float, at_most: float) -> float:
    value = text(name, str(default))
    try:
        number = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number of seconds, not {value!r}") from None
    # The comparison is also false for nan.
    if not at_least <= number <= at_most:
        raise ImproperlyConfigured(f"{name} must lie between {at_least:g} and {at_most:g} seconds, not {value}")
    return number


def items(name: str, default: list[str]) -> list[str]:
    """A comma-separated list without its blanks."""
    value = text(name, "")
    return [item.strip() for item in value.split(",") if item.strip()] if value else default


def renamed(name: str, *, before: str) -> str:
    """`name`, or the name that the variable had `before` when only that is set, with a warning at the start."""
    if text(name, "") or not text(before, ""):
        return name
    warnings.warn(f"{before} is called {name} now; the old name will be read no more in a later version", FutureWarning, 2)
    return before


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """A comma-separated list of networks, as in 10.0.0.0/8."""
    try:
        return [ip_network(item) for item in items(name, [])]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


def folder(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().absolute()


def url(name: str, default: str, *, schemes: tuple[str, ...]) -> str:
    """A URL with one of `schemes` and without a trailing slash, or "" when unset without a default."""
    value = text(name, default).rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not a URL: {error}") from None
    if parts.scheme not in schemes:
        # The value may carry a password, so it stays out of the message.
        raise ImproperlyConfigured(f"{name} must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return value


def redis(name: str) -> str:
    """The URL of a Redis or Valkey, or of Sentinels (`redis_urls`), as clients of Redis know it, or ""."""
    value = text(name, "").rstrip("/")
    # The clients take no other spelling of these, as in SENTINEL:// or redis:host.
    starts = tuple(f"{scheme}://" for scheme in (*redis_urls.SCHEMES, redis_urls.SENTINEL))
    if value and not value.startswith(starts):
        raise ImproperlyConfigured(f"{name} must start with {' or '.join(starts)}")
    if not value.startswith(f"{redis_urls.SENTINEL}://"):
        return redis_urls.as_redis(url(name, "", schemes=redis_urls.SCHEMES))
    try:
        redis_urls.sentinels(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} {error}") from None
    return value


def proxy(name: str) -> str:
    """The URL of an HTTP proxy, which may hold a name and password, or ""."""
    value = url(name, "", schemes=("http",))
    parts = urlsplit(value)
    if value and (not parts.hostname or parts.path or parts.query or parts.fragment):
        raise ImproperlyConfigured(f"{name} must be a host and port, as in http://proxy.example:3128")
    return value


def secret(name: str, *, kept_in: Path | None, generate: Callable[[], str]) -> str:
    """The secret from `name`, from the file that `<name>_FILE` names, or from `kept_in`, where one is made if need be.

    With `kept_in` None the variable is required.
    """
    if value := text(name, ""):
        return value
    if given := text(f"{name}_FILE", ""):
        try:
            return _read_secret(f"{name}_FILE", Path(given))
        except FileNotFoundError:
            raise ImproperlyConfigured(f"{name}_FILE: there is no file {given}") from None
    if kept_in is None:
        raise ImproperlyConfigured(f"{name} is required when DATABASE_URL is set (or {name}_FILE, the path of a file)")
    path = kept_in / name.lower()
    try:
        return _read_secret("DATA_DIR", path)
    except FileNotFoundError:
        _create_secret(name, path, generate())
    return _read_secret("DATA_DIR", path)


def _read_secret(blame: str, path: Path) -> str:
    """Raises FileNotFoundError, and ImproperlyConfigured, naming the variable `blame`, for a file of no use."""
    try:
        value = path.read_text().strip()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ImproperlyConfigured(f"{blame}: cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{blame}: {path} holds no text") from None
    if not value:
        raise ImproperlyConfigured(f"{blame}: {path} is empty")
    return value


def _create_secret(name: str, path: Path, value: str) -> None:
    # Written beside and linked into place: of two processes starting at once both end up with the same secret,
    # and a crash leaves no half-written one.
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(value + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            Path(temporary).unlink()
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR: cannot keep {name} in {path.parent}: {error.strerror}") from None


def strong(name: str, value: str) -> str:
    """`value` when it is long and varied enough to sign with. Raises ImproperlyConfigured otherwise."""
    if len(value) < 50 or len(set(value)) < 5 or "insecure" in value.lower():
        raise ImproperlyConfigured(f"{name} is too weak: use at least 50 random characters")
    return value


def random_text() -> str:
    return secrets.token_urlsafe(48)
