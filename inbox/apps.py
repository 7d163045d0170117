"""The people's half: tasks, decisions and the pages for them."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "inbox"
    verbose_name = "Inbox"

    def ready(self) -> None:
        # Models cannot be imported before the applications are loaded.
        from inbox import adapters, mcp  # noqa: PLC0415
        from inbox.api import exports  # noqa: PLC0415
        from inbox.escalation import reminders  # noqa: PLC0415
        from inbox.gate import TaskGate  # noqa: PLC0415
        from inbox.notifications import personal  # noqa: PLC0415
        from inbox.notifications.channels import chat, edits, email, push, replies  # noqa: PLC0415
        from inbox.notifications.channels import slack as slack_channel  # noqa: PLC0415
        from inbox.notifications.channels import teams as teams_channel  # noqa: PLC0415
        from inbox.notifications.services import fan_out  # noqa: PLC0415
        from inbox.operations import counting, deciding, numbers  # noqa: PLC0415
        from inbox.standing import deciding as granted  # noqa: PLC0415
        from inbox.standing import invariants as standing_invariants  # noqa: PLC0415
        from inbox.standing.services import granting  # noqa: PLC0415
        from inbox.tasks import erasing, rollup, selectors  # noqa: PLC0415
        from inbox.tasks import invariants as task_invariants  # noqa: PLC0415
        from inbox.tasks.services import claim, hold, returning  # noqa: PLC0415
        from inbox.views.tasks import slack, teams  # noqa: PLC0415
        from intents.accounts import losing  # noqa: PLC0415
        from intents.audit import heartbeat  # noqa: PLC0415
        from intents.dispatch import scheduler  # noqa: PLC0415
        from intents.engine import erasing as engine_erasing  # noqa: PLC0415
        from intents.engine import human_gate, invariants, timers  # noqa: PLC0415
        from intents.mcp import registry as mcp_tools  # noqa: PLC0415
        from intents.retention import persons  # noqa: PLC0415
        from intents.rollups import sources  # noqa: PLC0415
        from intents.sending import channels  # noqa: PLC0415
        from intents.streams import doors, downloads  # noqa: PLC0415

        adapters.watch_factors()
        downloads.register(exports.PATH, exports.begin, exports.DOCUMENT)
        mcp_tools.register(mcp.LIST_TASKS, mcp.GET_TASK)
        doors.register(slack.COMMANDS, slack.command)
        doors.register(slack.INTERACTIONS, slack.interaction)
        doors.register(teams.MESSAGES, teams.message)
        personal.register(email.PERSONAL)
        personal.register(chat.PERSONAL)
        personal.register(push.PERSONAL)
        if slack_channel.configured():
            personal.register(slack_channel.PERSONAL)
        if teams_channel.configured():
            personal.register(teams_channel.PERSONAL)
            channels.register(replies.CHANNEL)
        if slack_channel.configured() or teams_channel.configured():
            channels.register(edits.CHANNEL)
        channels.register_feeder(fan_out.FEEDER)
        human_gate.register(TaskGate())
        losing.register(claim.end_lost)
        losing.register(granting.end_lost)
        scheduler.register(timers.TAKE_EFFECT, hold.fire)
        scheduler.register(timers.RETURN, returning.fire)
        scheduler.register(timers.STANDING_GRANT, granted.fire)
        scheduler.register(timers.REMIND, reminders.remind)
        scheduler.register(timers.ESCALATE, reminders.escalate)
        heartbeat.register(lambda: not selectors.unroutable(None, limit=1))
        invariants.RULES.update(task_invariants.RULES | standing_invariants.RULES)
        invariants.EVENTUAL.update(task_invariants.EVENTUAL)
        invariants.TABLES.update(task_invariants.TABLES)
        sources.register(rollup.SOURCE)
        sources.register_table(deciding.TABLE)
        engine_erasing.register(erasing.erase)
        engine_erasing.register(numbers.erase)
        engine_erasing.register(counting.erase)
        persons.UNFOUND.append(counting.unfound)
        persons.ASKS.add(("inbox_task", "spec", "id"))
        persons.LEFT.update(("inbox_task", column) for column in ("title", "headline", "spec"))
