"""The system checks: quiet where all is well, and each worry with its id."""

import pytest
from celery.signals import worker_init
from django.core.checks import CheckMessage, Tags, run_checks
from pytest_django.fixtures import Settings
from structlog.testing import capture_logs

from axme_site import celery  # noqa: F401 - connects to what workers begin with
from intents.telemetry import extra


def ids(found: list[CheckMessage]) -> set[str]:
    return {message.id or "" for message in found}


def test_one_machine_has_nothing_to_worry_about() -> None:
    assert run_checks() == []


def test_production_over_http_without_redis_or_mail_is_warned_of(settings: Settings) -> None:
    settings.EMBEDDED, settings.REDIS_URL, settings.DEBUG = False, "", True
    settings.BASE_URL = "http://inbox.example"
    assert ids(run_checks(tags=[Tags.security])) == {"axme.W001", "axme.W002", "axme.W003", "axme.W004"}
    settings.REDIS_URL, settings.DEBUG = "redis://cache", False
    settings.BASE_URL, settings.EMAIL_URL = "https://inbox.example", "smtps://mail.example"
    assert run_checks(tags=[Tags.security]) == []


@pytest.mark.django_db
def test_a_database_too_small_for_our_threads_is_an_error(settings: Settings) -> None:
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
    settings.WORKER_CONCURRENCY = 1000
    assert ids(run_checks(tags=[Tags.database], databases=["default"])) == {"axme.E002"}


def test_traces_that_cannot_be_sent_are_warned_of(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TRACES_URL = "http://collector:4318"
    assert run_checks() == []
    monkeypatch.setattr(extra, "PACKAGES", ("opentelemetry_that_is_not_there.sdk",))
    assert ids(run_checks()) == {"axme.W005"}
    with capture_logs() as told:
        worker_init.send(sender=None)
    assert [line["event"] for line in told if line["log_level"] == "warning"] == ["traces_not_sent"]
    settings.TRACES_URL = ""
    assert run_checks() == []
