"""Whether traces are to be sent, and can be. Imports nothing of OpenTelemetry: only who sends traces pays for them."""

from importlib.util import find_spec

from django.conf import settings

PACKAGES = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")


def wanted() -> bool:
    """Whether a collector is configured."""
    return bool(settings.TRACES_URL)


def installed() -> bool:
    """Whether the packages of requirements/otel.txt are there."""
    try:
        return all(find_spec(name) is not None for name in PACKAGES)
    except ModuleNotFoundError:
        return False


def missing() -> bool:
    """Whether traces are wanted, and cannot be sent."""
    return wanted() and not installed()
