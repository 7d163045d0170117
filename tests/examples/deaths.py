"""The server's death at every named place on an example's way."""

from typing import Any, NamedTuple

from tests.examples.programs import Ground, survives


class Example(NamedTuple):
    agent: str
    result: dict[str, Any] | None
    """What every one of its intents ends with, None when that depends on the time."""
    others: tuple[tuple[str, ...], ...]
    """Its programs beside the client."""
    passes: tuple[str, ...]
    """The failpoints on its way, the n-th passing of some. The first is tried always."""


DELIVERED = ("before_commit:2", "after_commit:2", "after_lease", "before_send")

EXAMPLES = {
    "order_pipeline": Example(
        "order-service",
        None,
        (("order_pipeline/agent",),),
        ("after_commit:3", *DELIVERED, "before_commit:3", "before_commit:4"),
    ),
    "long_job": Example(
        "importer", {"records": 2100}, (("long_job/agent",),), ("before_commit:12", *DELIVERED, "after_commit:13")
    ),
    "early_signal": Example(
        "renderer",
        {"frames": 240},
        (("early_signal/agent",),),
        ("after_commit:3", *DELIVERED, "before_commit:4", "after_lease:2", "before_send:2"),
    ),
    "outside_callback": Example(
        "lender",
        {"granted": True, "score": 720},
        (("outside_callback/agent",), ("outside_callback/bureau",)),
        ("before_send:2", *DELIVERED, "after_lease:2", "before_commit:3", "after_commit:4"),
    ),
    "scheduled_resume": Example(
        "reporter",
        None,
        (("scheduled_resume/agent",),),
        ("after_lease:2", *DELIVERED, "mid_batch", "before_commit:3", "before_send:2"),
    ),
    "parallel_children": Example(
        "planner",
        {"cheapest": {"city": "Riga", "price": 40}},
        (("parallel_children/agent",),),
        ("mid_batch", "mid_batch:2", *DELIVERED, "before_commit:6", "after_commit:6", "before_send:3"),
    ),
    "scenario": Example(
        "shipping-clerk",
        None,
        (("scenario/agent",),),
        ("mid_batch:2", "mid_batch", *DELIVERED, "between_decision_and_resume", "mid_batch:3"),
    ),
    "approval": Example(
        "billing",
        {"outcome": "approved", "comment": "Decided by the example"},
        (("approval/decide", "approve"),),
        ("between_decision_and_resume", "before_commit", "after_commit"),
    ),
}


def survive(ground: Ground, name: str, failpoint: str) -> None:
    """The example ends well though the server dies there, and its programs with the connection."""
    example = EXAMPLES[name]
    # Each death has an order of its own; the clients of the other examples take no arguments.
    printed = survives(ground, failpoint, client=(f"{name}/client", failpoint), others=example.others)
    assert "COMPLETED" in printed or name == "long_job"
    ends = ground.ends(example.agent)
    assert {status for status, _ in ends} == {"COMPLETED"}
    if example.result is not None:
        assert [details["result"] for _, details in ends] == [example.result] * len(ends)
