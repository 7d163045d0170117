import asyncio
import threading
from contextvars import ContextVar

import pytest

from axme_site.lines import Busy
from axme_site.threads import Threads

word: ContextVar[str] = ContextVar("word", default="none")


def test_a_job_runs_in_the_callers_context_and_changes_it_not() -> None:
    threads = Threads(1, "t", longest_queue=10)

    def tell() -> str:
        found = word.get()
        word.set("changed")
        return found

    async def main() -> list[str]:
        word.set("mine")
        return [await threads.run(tell), await threads.run(tell), word.get()]

    assert asyncio.run(main()) == ["mine", "mine", "mine"]
    threads.stop(1)


def test_a_failure_reaches_the_caller_and_the_thread_lives_on() -> None:
    threads = Threads(1, "t", longest_queue=10)

    async def main() -> str:
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 / 0)
        with pytest.raises(SystemExit):
            await threads.run(exit)
        return str(await threads.run(lambda: threading.current_thread().name))

    assert asyncio.run(main()) == "t-0"
    threads.stop(1)


def test_a_cancelled_caller_does_not_stop_its_job() -> None:
    threads = Threads(1, "t", longest_queue=10)
    may_end, done = threading.Event(), []

    def job() -> None:
        may_end.wait(60)
        done.append("job")

    async def main() -> None:
        caller = asyncio.ensure_future(threads.run(job))
        await asyncio.sleep(0.01)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        may_end.set()
        await threads.run(done.append, "next")

    asyncio.run(main())
    assert done == ["job", "next"]
    threads.stop(1)


def test_a_full_queue_refuses() -> None:
    waits: list[float] = []
    threads = Threads(1, "t", longest_queue=2, waited=waits.append)
    may_end = threading.Event()

    async def main() -> None:
        loop, running = asyncio.get_running_loop(), asyncio.Event()

        def hold() -> None:
            loop.call_soon_threadsafe(running.set)
            may_end.wait(60)

        jobs = [threads.run(hold)]
        await running.wait()
        jobs += [threads.run(len, "ab") for _ in range(2)]
        assert threads.queued == 2
        with pytest.raises(Busy):
            threads.run(len, "ab")
        may_end.set()
        await asyncio.gather(*jobs)

    asyncio.run(main())
    assert len(waits) == 3
    threads.stop(1)


def test_stopping_finishes_what_is_queued() -> None:
    threads = Threads(2, "t", longest_queue=100)
    done: list[int] = []

    async def main() -> None:
        for number in range(50):
            threads.run(done.append, number)
        threads.stop(60)

    asyncio.run(main())
    assert sorted(done) == list(range(50))


def test_a_loop_that_closed_kills_no_thread_with_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    threads = Threads(1, "t", longest_queue=10)
    may_end = threading.Event()

    async def main() -> None:
        threads.run(may_end.wait, 10)
        await asyncio.sleep(0.01)

    asyncio.run(main())
    may_end.set()
    threads.stop(2)
    assert capfd.readouterr().err == ""
