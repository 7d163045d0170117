"""The domain: agents, intents, and how work reaches whom it is for."""

from django.apps import AppConfig


class IntentsConfig(AppConfig):
    name = "intents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models cannot be imported before the applications are loaded.
        from intents.accounts import audit as audit_log  # noqa: PLC0415
        from intents.accounts import bindings, resets  # noqa: PLC0415
        from intents.api import work  # noqa: PLC0415
        from intents.audit import checkpoints, slices, tree  # noqa: PLC0415
        from intents.dispatch import erasing as pushes  # noqa: PLC0415
        from intents.dispatch import posted, scheduler  # noqa: PLC0415
        from intents.dispatch.bindings import http, internal, parents, pull  # noqa: PLC0415
        from intents.engine import erasing, invariants, timers  # noqa: PLC0415
        from intents.engine.services import deadline, parking  # noqa: PLC0415
        from intents.feed import acts, rules, sequencer  # noqa: PLC0415
        from intents.feed import erasing as feed  # noqa: PLC0415
        from intents.files import erasing as files  # noqa: PLC0415
        from intents.kernel import live  # noqa: PLC0415
        from intents.schemas import told  # noqa: PLC0415
        from intents.sending import channels, email, sender  # noqa: PLC0415
        from intents.threads import erasing as threads  # noqa: PLC0415
        from intents.webhooks import entries, fan_out, outbox  # noqa: PLC0415
        from intents.webhooks import erasing as webhooks  # noqa: PLC0415

        bindings.register(pull.BINDING)
        bindings.register(internal.BINDING)
        bindings.register(http.BINDING)
        posted.register_waits(work.enter_answered_wait)
        bindings.register(parents.BINDING)
        scheduler.register(timers.DEADLINE, deadline.fire)
        scheduler.register(timers.WAIT, parking.fire)
        scheduler.register(timers.QUESTION, internal.answer_due)
        invariants.EVENTUAL["an event is the one in the tree of all events"] = tree.SAME
        invariants.EVENTUAL[rules.COMPLETE_NAMED] = rules.COMPLETE
        invariants.RULES[rules.NAMED] = rules.OF_ITS_EVENT
        slices.PROBES["the tree of all events agrees with its newest checkpoint"] = checkpoints.agrees
        for room in (pushes, threads, files, feed, webhooks):
            erasing.register(room.erase)
        channels.register(email.CHANNEL)
        channels.register(http.CHANNEL)
        channels.register(outbox.CHANNEL)
        audit_log.register(acts.tell)
        channels.register_feeder(sequencer.FEEDER)
        channels.register_feeder(fan_out.FEEDER)
        entries.register(told.told)
        live.on_events(sender.nudge)
        email.register_writer(resets.TEMPLATE, resets.write)
