"""The domain: agents, intents, and how work reaches whom it is for."""

from django.apps import AppConfig


class IntentsConfig(AppConfig):
    name = "intents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models cannot be imported before the applications are loaded.
        from intents.a2a import cards as a2a_cards  # noqa: PLC0415
        from intents.a2a import door as a2a  # noqa: PLC0415
        from intents.a2a import news, notifications  # noqa: PLC0415
        from intents.a2a.refusals import REFUSALS as A2A_REFUSALS  # noqa: PLC0415
        from intents.accounts import audit as audit_log  # noqa: PLC0415
        from intents.accounts import bindings, limits, resets, sign_in_codes  # noqa: PLC0415
        from intents.api import work  # noqa: PLC0415
        from intents.audit import checkpoints, slices, tree  # noqa: PLC0415
        from intents.dispatch import erasing as pushes  # noqa: PLC0415
        from intents.dispatch import posted, scheduler  # noqa: PLC0415
        from intents.dispatch.bindings import http, internal, parents, pull  # noqa: PLC0415
        from intents.engine import admission, continuations, erasing, invariants, timers  # noqa: PLC0415
        from intents.engine.lifecycle import EventType  # noqa: PLC0415
        from intents.engine.services import deadline, parking  # noqa: PLC0415
        from intents.feed import acts, rules, sequencer  # noqa: PLC0415
        from intents.feed import erasing as feed  # noqa: PLC0415
        from intents.files import erasing as files  # noqa: PLC0415
        from intents.kernel import live, pruning  # noqa: PLC0415
        from intents.mcp import door  # noqa: PLC0415
        from intents.mcp import registry as mcp_tools  # noqa: PLC0415
        from intents.mcp.refusals import REFUSALS as MCP_REFUSALS  # noqa: PLC0415
        from intents.mcp.tools import (  # noqa: PLC0415
            answer,
            cancel,
            check_nick,
            complete,
            fail,
            get_intent,
            get_thread,
            list_inbox,
            list_intents,
            progress,
            reply,
            request_approval,
            resolve_contact,
            send,
            submit_intent,
            wait_for_intent,
        )
        from intents.mesh import admission as mesh_admission  # noqa: PLC0415
        from intents.mesh import rules as mesh_rules  # noqa: PLC0415
        from intents.quotas import admission as quota_admission  # noqa: PLC0415
        from intents.quotas import metering, pace  # noqa: PLC0415
        from intents.receiving import admission as receiving_admission  # noqa: PLC0415
        from intents.scenarios import erasing as scenarios  # noqa: PLC0415
        from intents.scenarios import invariants as scenario_invariants  # noqa: PLC0415
        from intents.scenarios import kinds  # noqa: PLC0415
        from intents.scenarios.services import running  # noqa: PLC0415
        from intents.scenarios.steps import agents, messages, people, timing  # noqa: PLC0415
        from intents.schemas import told  # noqa: PLC0415
        from intents.semantics import admission as schema_admission  # noqa: PLC0415
        from intents.sending import channels, email, sender  # noqa: PLC0415
        from intents.streams import doors  # noqa: PLC0415
        from intents.threads import erasing as threads  # noqa: PLC0415
        from intents.webhooks import completions, entries, fan_out, outbox  # noqa: PLC0415
        from intents.webhooks import erasing as webhooks  # noqa: PLC0415

        bindings.register(pull.BINDING)
        bindings.register(internal.BINDING)
        bindings.register(http.BINDING)
        admission.register(
            receiving_admission.WhoMaySend(), schema_admission.Schemas(), mesh_admission.Policies(), quota_admission.Quotas()
        )
        limits.register(metering.spend, pace.count)
        posted.register_waits(work.enter_answered_wait)
        bindings.register(parents.BINDING)
        scheduler.register(timers.DEADLINE, deadline.fire)
        scheduler.register(timers.WAIT, parking.fire)
        scheduler.register(timers.QUESTION, internal.answer_due)
        invariants.EVENTUAL["an event is the one in the tree of all events"] = tree.SAME
        invariants.EVENTUAL[rules.COMPLETE_NAMED] = rules.COMPLETE
        invariants.RULES[rules.NAMED] = rules.OF_ITS_EVENT
        invariants.RULES[mesh_rules.NAMED] = mesh_rules.WITHIN
        slices.PROBES["the tree of all events agrees with its newest checkpoint"] = checkpoints.agrees
        continuations.register(running.ScenarioCarrier())
        for kind in (agents.AgentStep(), people.HumanStep(), messages.PassStep(), timing.DelayStep(), timing.TimeoutStep()):
            kinds.register(kind)
        kinds.register(people.HumanStep("human_approval"))
        kinds.register(messages.TellingStep("reminder", EventType.REMINDER))
        kinds.register(messages.TellingStep("escalation", EventType.ESCALATED))
        kinds.register(messages.TellingStep("notification", EventType.COMMENT))
        invariants.RULES.update(scenario_invariants.RULES)
        invariants.TABLES.update(scenario_invariants.TABLES)
        for room in (pushes, threads, files, feed, webhooks, scenarios, notifications):
            erasing.register(room.erase)
        channels.register(email.CHANNEL)
        channels.register(http.CHANNEL)
        channels.register(outbox.CHANNEL)
        channels.register(notifications.CHANNEL)
        sequencer.register(news.placed)
        pruning.register(notifications.prune)
        audit_log.register(acts.tell)
        audit_log.register(completions.follow)
        channels.register_feeder(sequencer.FEEDER)
        channels.register_feeder(fan_out.FEEDER)
        entries.register(told.told)
        live.on_events(sender.recorded)
        live.on_followed(sender.followed)
        doors.register(door.PATH, door.answer, refusal=MCP_REFUSALS.by_server)
        doors.register(a2a.PATH, a2a.answer, refusal=A2A_REFUSALS.by_server)
        doors.register_under(a2a.UNDER, a2a.ROUTE, a2a.answer, refusal=A2A_REFUSALS.by_server)
        doors.register(a2a_cards.WELL_KNOWN, a2a.public_card)
        mcp_tools.register(submit_intent.TOOL, get_intent.TOOL, list_intents.TOOL, wait_for_intent.TOOL, cancel.TOOL)
        mcp_tools.register(request_approval.TOOL, answer.TOOL)
        mcp_tools.register(list_inbox.TOOL, get_thread.TOOL, reply.TOOL)
        mcp_tools.register(progress.TOOL, complete.TOOL, fail.TOOL)
        mcp_tools.register(send.TOOL, send.MESSAGE_TOOL, check_nick.TOOL, resolve_contact.TOOL)
        email.register_writer(resets.TEMPLATE, resets.write)
        email.register_writer(sign_in_codes.TEMPLATE, sign_in_codes.write)
