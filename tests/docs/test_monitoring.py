"""The dashboard and the alert rules that come along ask for what the server tells."""

import json
import re
from pathlib import Path

import pytest
import yaml
from django.test import Client

from inbox.operations import measures
from intents.audit import auditor
from intents.dispatch import scheduler
from intents.kernel import instances
from intents.kernel.models import new_id

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
FOLDER = DEPLOY / "monitoring"
_NAME = re.compile(r"\b(?:axme|process)_[a-z_]+\b")
OURS = {"axme_site"}
"""Names that look like those of metrics."""
_MEASURES = re.compile(r'measure=~"([a-z_|]+)"')
_SUFFIX = re.compile(r"_(bucket|total|sum|count)$")


def asked() -> dict[str, str]:
    """Each query by the title of what asks."""
    dashboard = json.loads((FOLDER / "grafana.json").read_text())
    panels = {
        f"{one['title']} {target['refId']}": target["expr"] for one in dashboard["panels"] for target in one["targets"]
    }
    (group,) = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    return panels | {rule["alert"]: rule["expr"] for rule in group["rules"]}


@pytest.fixture
def served(database: None, client: Client) -> set[str]:
    """What the server tells, without the endings that say which part of a metric it is."""
    instances.register(new_id(), kind="beat", host="here")
    scheduler.sweep_all()
    auditor.run()
    return {_SUFFIX.sub("", name) for name in _NAME.findall(client.get("/metrics").content.decode())}


def test_every_metric_that_is_asked_for_is_served(served: set[str]) -> None:
    unknown = {
        title: name
        for title, query in asked().items()
        for name in _NAME.findall(query)
        if _SUFFIX.sub("", name) not in served
    }
    assert unknown == {}


def test_no_file_of_a_deployment_names_a_metric_that_is_not_there(served: set[str]) -> None:
    named = {
        (path.name, name)
        for path in DEPLOY.rglob("*")
        if path.is_file() and path.suffix != ".png"
        for name in _NAME.findall(path.read_text())
        if name not in OURS
    }
    assert len(named) > 20
    assert {(file, name) for file, name in named if _SUFFIX.sub("", name) not in served} == set()


def test_clients_are_charted_as_the_overview_counts_them() -> None:
    """Not by what one process holds: streams, polls and pages of all of them together, once however many are scraped."""
    assert asked()["Connected clients A"] == "max by (kind) (axme_clients)"


def test_what_waits_and_goes_wrong_is_charted_under_the_names_of_the_overviews_numbers() -> None:
    charted = {name for query in asked().values() for one in _MEASURES.findall(query) for name in one.split("|")}
    known = {one.name for one in measures.MEASURES} | {name for name, _words, _bad in measures.DELIVERIES.values()}
    known |= {f"agents_{health}" for health in measures.UNWELL} | {measures.FAILING_ENDPOINTS}
    assert known - charted == {"completed", "decided"}, "all but what went well"
    assert charted - known == set()


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    (group,) = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    assert [rule["alert"] for rule in group["rules"] if {"summary", "action"} - rule["annotations"].keys()] == []


def test_no_two_panels_lie_on_each_other() -> None:
    places = [one["gridPos"] for one in json.loads((FOLDER / "grafana.json").read_text())["panels"]]
    assert len({(place["x"], place["y"]) for place in places}) == len(places)
