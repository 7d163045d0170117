"""A flow of CrewAI whose refund a person approves, refuses or sends back with words, also when it is killed meanwhile:

    env $(cat var/demo.env) PYTHONPATH=adapters python adapters/examples/crewai_refunds.py RUN-1

No model is asked for anything: a draft is made up, and people choose what becomes of it.
"""

import asyncio
import os
import sys

import axme_inbox
from axme_inbox.crewai import PEOPLE, run
from crewai.flow import Flow, HumanFeedbackResult, human_feedback, listen, or_, start

WITHIN = float(os.environ.get("WITHIN_SECONDS", "86400"))
EMITTED = os.environ.get("EMITTED", "approved rejected reworded").split()


async def main(order: str) -> None:
    async with axme_inbox.intent("refunds.settle.v1", {"order": order}, to="crewai", key=f"crewai-{order}") as work:

        class Refund(Flow):
            @start()
            @human_feedback(message=f"How much for {order}?", provider=PEOPLE)
            def ask(self) -> str:
                return f"{order} came broken"

            @listen(or_("ask", "reworded"))
            @human_feedback(message=f"Refund {order}?", emit=EMITTED, provider=PEOPLE)
            def draft(self, before: HumanFeedbackResult) -> str:
                self.state["said"] = before.feedback
                return f"We refund you: {before.feedback}"

            @listen("approved")
            async def pay(self) -> str:
                def paid() -> str:
                    print(f"paying {self.state['said']} for {order}", flush=True)
                    return f"paid {self.state['said']}"

                return await work.step("pay", paid)

            @listen("rejected")
            def refuse(self, why: HumanFeedbackResult) -> str:
                return f"not paid: {why.feedback}"

            @listen("expired")
            def close(self) -> str:
                return "not paid: nobody answered"

        said = await run(work, Refund, within=WITHIN)
        work.result = {"said": said}
    print(f"done {said}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
