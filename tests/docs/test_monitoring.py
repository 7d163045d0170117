"""The dashboard and the alert rules that come along ask for what the server tells."""

import json
import re
from pathlib import Path

import pytest
import yaml
from django.test import Client

from intents.dispatch import scheduler
from intents.kernel import instances
from intents.kernel.models import new_id

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
_NAME = re.compile(r"\b(?:axme|process)_[a-z_]+\b")
_SUFFIX = re.compile(r"_(bucket|total|sum|count)$")


def asked() -> dict[str, str]:
    """Each query by the title of what asks."""
    dashboard = json.loads((FOLDER / "grafana.json").read_text())
    panels = {
        f"{one['title']} {target['refId']}": target["expr"] for one in dashboard["panels"] for target in one["targets"]
    }
    (group,) = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    return panels | {rule["alert"]: rule["expr"] for rule in group["rules"]}


@pytest.mark.usefixtures("database")
def test_every_metric_that_is_asked_for_is_served(client: Client) -> None:
    instances.register(new_id(), kind="beat", host="here")
    scheduler.sweep_all()
    served = {_SUFFIX.sub("", name) for name in _NAME.findall(client.get("/metrics").content.decode())}
    unknown = {
        title: name
        for title, query in asked().items()
        for name in _NAME.findall(query)
        if _SUFFIX.sub("", name) not in served
    }
    assert unknown == {}


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    (group,) = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    assert [rule["alert"] for rule in group["rules"] if {"summary", "action"} - rule["annotations"].keys()] == []


def test_no_two_panels_lie_on_each_other() -> None:
    places = [one["gridPos"] for one in json.loads((FOLDER / "grafana.json").read_text())["panels"]]
    assert len({(place["x"], place["y"]) for place in places}) == len(places)
