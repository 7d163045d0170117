"""Each example does what it says when one of its programs, or the server, is killed in the middle."""

import re
import signal

import httpx
import pytest
from axme import AxmeClient, AxmeClientConfig

from tests import turns
from tests.examples.programs import SECONDS, Ground
from tests.load import checks
from tests.load.checks import eventually

ASKED = "SELECT id FROM intents_intent WHERE mailbox = 'renderer'"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def ran(printed: str) -> list[int]:
    return [int(page) for page in re.findall(r"ran step (\d+)", printed)]


def ends_once(ground: Ground, agent: str) -> object:
    """The result of the one intent that the agent had, which is COMPLETED."""
    ((status, details),) = ground.ends(agent)
    assert status == "COMPLETED"
    checks.nothing_is_broken(ground.site)
    return details["result"]


@turns.one(0, of=2)
def test_a_job_of_50_steps_killed_again_and_at_step_47_repeats_none_that_was_stored(ground: Ground) -> None:
    client = ground.start("long_job/client", PAGES="50")
    for stored, killed_at in ((0, 30), (29, 47), (46, None)):
        dies_after = f"ran step {killed_at}" if killed_at else ""
        agent = ground.start("long_job/agent", "--once", dies_after=dies_after, STEP_SECONDS="0.02")
        assert agent.wait() == (-signal.SIGKILL if killed_at else 0), agent.output
        # What ran and was not stored yet runs again, and nothing else.
        assert ran(agent.output) == list(range(stored + 1, (killed_at or 50) + 1))
        done = [key for (key,) in ground.site.rows("SELECT key FROM intents_storedstep ORDER BY id")]
        assert done == [f"page-{page}" for page in range(1, killed_at or 51)]
    assert client.wait() == 0, client.output
    assert ends_once(ground, "importer") == {"records": 12_750}


@turns.one(1, of=2)
def test_a_bureau_calls_back_while_no_agent_runs(ground: Ground) -> None:
    bureau = ground.start("outside_callback/bureau", BUREAU_SECONDS="2")
    ground.says(bureau, "the bureau is at")
    client = ground.start("outside_callback/client")
    killed = ground.start("outside_callback/agent")
    ground.says(killed, "asked the bureau")
    killed.stop(signal.SIGKILL)
    ground.says(bureau, "called back: 200")
    assert client.running, client.output
    again = ground.start("outside_callback/agent", "--once")
    assert (client.wait(), again.wait()) == (0, 0), (client.output, again.output)
    assert ends_once(ground, "lender") == {"granted": True, "score": 720}


@turns.one(2, of=2)
def test_an_intent_asleep_wakes_after_everything_was_killed(ground: Ground) -> None:
    ground.start("scheduled_resume/client", DELAY_SECONDS="3")
    asleep = ground.start("scheduled_resume/agent", "--once")
    assert asleep.wait() == 0, asleep.output
    due_at = re.search(r"asleep until (\S+)", asleep.output)
    assert due_at is not None, asleep.output
    ground.site.kill()
    ground.site.start_again()
    woken = ground.start("scheduled_resume/agent", "--once")
    assert woken.wait() == 0, woken.output
    assert ends_once(ground, "reporter") == {"reported_at": due_at[1]}


@turns.one(3, of=2)
def test_scouts_killed_on_their_way_are_sent_out_again(ground: Ground) -> None:
    client = ground.start("parallel_children/client")
    killed = ground.start("parallel_children/agent")
    ground.says(killed, "sent out 3 scouts")
    killed.stop(signal.SIGKILL)
    ground.start("parallel_children/agent")
    assert client.wait() == 0, client.output
    assert ends_once(ground, "planner") == {"cheapest": {"city": "Riga", "price": 40}}
    assert sorted(details["result"]["city"] for _, details in ground.ends("scout")) == ["Riga", "Tallinn", "Vilnius"]


@turns.one(4, of=2)
def test_an_early_signal_outlives_the_server(ground: Ground) -> None:
    asking = ground.start("early_signal/client")
    ((intent_id,),) = eventually(lambda: ground.site.rows(ASKED), "a film is ordered")
    asking.stop(signal.SIGKILL)
    body = {"external_id": f"job-{intent_id}", "result": {"frames": 7}}
    told = httpx.post(f"{ground.site.urls[0]}/v1/tools/render-farm/completions", headers=ground.key, json=body, timeout=30)
    assert told.json()["kept"] is True
    ground.start_server()
    agent = ground.start("early_signal/agent", "--once")
    assert agent.wait() == 0, agent.output
    # The first to tell of the job counts: that was before the crash.
    assert agent.output.count("kept=False") == 2
    assert ends_once(ground, "renderer") == {"frames": 7}


@turns.one(5, of=2)
def test_a_person_decides_what_was_asked_before_the_server_was_killed(ground: Ground) -> None:
    asking = ground.start("approval/client")
    intent_id = ground.says(asking, "asked as ").split()[-1]
    asking.stop(signal.SIGKILL)
    ground.start_server()
    assert "Refund 129.00 EUR to ACME: approve" in decide(ground)
    assert decide(ground) == ""
    site = ground.site
    with AxmeClient(AxmeClientConfig(base_url=site.urls[0], api_key=site.api_key)) as client:
        assert client.wait_for(intent_id, timeout_seconds=int(SECONDS))["status"] == "COMPLETED"
    assert ends_once(ground, "billing") == {"outcome": "approved", "comment": "Decided by the example"}


def decide(ground: Ground) -> str:
    deciding = ground.start("approval/decide", "approve")
    assert deciding.wait() == 0, deciding.output
    return deciding.output
