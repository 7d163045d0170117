"""What the auditor finds in work, its waits and its timers."""

from django.utils.translation import gettext_lazy as _

from inbox.views.operations.rules.told import STUCK, RuleWords

RULES = {
    "what was erased is over": RuleWords(
        _("Erased while it ran"),
        _("The data of an intent was erased that is not over."),
        STUCK,
    ),
    "a WAITING intent has one open wait, for the same reason": RuleWords(
        _("Waits for nothing"),
        _("The intent waits, but nothing is noted that could end the wait."),
        STUCK,
    ),
    "an open wait belongs to a WAITING intent": RuleWords(
        _("Wait left open"),
        _("A wait is open for an intent that does not wait."),
        STUCK,
    ),
    "an armed timer belongs to a live intent": RuleWords(
        _("Timer of a finished intent"),
        _("A timer is set for an intent that is over or gone."),
        STUCK,
    ),
    "a wait's timer belongs to its open wait": RuleWords(
        _("Timer of another wait"),
        _("A timer is set for a wait that is over, or at another time than the wait ends."),
        STUCK,
    ),
    "an open wait with a deadline has its timer": RuleWords(
        _("Deadline without a timer"),
        _("A wait has a deadline, but nothing ends it then."),
        STUCK,
    ),
    "a live intent with a deadline has its timer": RuleWords(
        _("Intent's deadline without a timer"),
        _("The intent has a deadline, but nothing ends it then."),
        STUCK,
    ),
    "an intent that is over or WAITING is in nobody's hands": RuleWords(
        _("Delivered although nothing is to be done"),
        _("An agent can get work of an intent that is over or waits."),
        STUCK,
    ),
    "an intent that is to be worked on is pending with one agent": RuleWords(
        _("Nobody gets the work"),
        _("The intent is to be worked on, but it goes to no agent, or to several."),
        STUCK,
    ),
    "a leased delivery says to whom and until when, and no other does": RuleWords(
        _("Unclear who has the work"),
        _("A delivery does not say who has it and until when."),
        STUCK,
    ),
    "a run that is not over waits at one step": RuleWords(
        _("Run stands still"),
        _("A run of a scenario is not over, and is at no step or at several."),
        STUCK,
    ),
    "a run that completed is at no step": RuleWords(
        _("Completed run is still at a step"),
        _("A run of a scenario completed, but one of its steps still goes on."),
        STUCK,
    ),
    "a step that is over says when, and how it ended": RuleWords(
        _("Step without a result"),
        _("A step of a run is over without saying when or how."),
        STUCK,
    ),
    "the intent that does a step is a child of its run": RuleWords(
        _("Step done by a stranger"),
        _("A step of a run is done by an intent that does not belong to the run."),
        STUCK,
    ),
    "a task is live as long as its intent waits for people": RuleWords(
        _("Task and intent disagree"),
        _("People are asked although the intent does not wait for them, or it waits and nobody is asked."),
        STUCK,
    ),
    "a task is in people's lists, at its place, while anybody of them can decide it": RuleWords(
        _("Task missing from lists"),
        _("The task is not where people look for it, or still there although it is over."),
        STUCK,
    ),
    "a task is due when its wait or its intent ends": RuleWords(
        _("Task shows a wrong deadline"),
        _("The task is shown as due at another time than it ends."),
        STUCK,
    ),
    "a step of a plan is armed for the task that is to take it, and for no other": RuleWords(
        _("Reminder of another task"),
        _("A reminder or an escalation is set for a task that it does not belong to."),
        STUCK,
    ),
    "what is next in the plan of an undecided task is armed once": RuleWords(
        _("Reminder will not come"),
        _("The next reminder or escalation of the task is not set, or set twice."),
        STUCK,
    ),
    "a badge counts what its list shows": RuleWords(
        _("Badge counts wrong"),
        _("A number in the navigation differs from the list behind it."),
        STUCK,
    ),
}
