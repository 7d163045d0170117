"""What people read of a scenario's document that cannot be run, or has something odd. Programs are told in English by
`/v1/scenarios/validate`; pages tell people in theirs."""

from django.utils.translation import gettext_noop as _

SCENARIO_REFUSALS = (
    # Whatever is read
    _("is required"),
    _("is too large"),
    _("must not be empty"),
    _("must be a list of texts"),
    _("must be a text or a list of texts"),
    _("must be a number, 0 or more"),
    _("must be a whole number, 1 or more"),
    _("must be a time with its zone, like 2026-01-31T09:00:00Z"),
    _("must be a time like 2026-01-31T09:00:00Z"),
    _("must have at least %(least)s characters"),
    _("must have at most %(most)s characters"),
    _("must have at least %(least)s entries"),
    _("must have at most %(most)s entries"),
    _("must be of the form %(form)s"),
    _("an RFC 3339 time with its zone, like 2026-01-31T09:00:00Z"),
    _("before the year %(year)s"),
    _("not before the year %(year)s"),
    _("from %(least)s seconds to %(most)s days"),
    _("each only once"),
    # The text of a document
    _("this key appears twice in one object"),
    _("a number has too many digits"),
    _("a number has more digits than JSON readers keep; send it as a string"),
    _("the body goes on after the JSON value"),
    _("nested deeper than %(most)s levels"),
    _("the body is not JSON: %(why)s at line %(line)s, column %(column)s"),
    # Who takes part
    _("another one has the role %(role)s"),
    _("is missing: the address is %(name)s"),
    _("is missing: until it is set, the agent comes for its work"),
    _("is empty: the workspace's approvers are asked"),
    _("an agent address is a name, or agent://org/workspace/name; parts hold letters, digits and _ . + -"),
    _("only runs of scenarios have addresses that begin so: apply a scenario"),
    _("the name of an agent holds no @: that is how people are addressed"),
    _("no agent has the address %(address)s"),
    # Steps
    _("another step is called %(name)s"),
    _("no step is called %(name)s"),
    _("no agent or human has the role %(role)s; there are: %(those)s"),
    _("is required: the role of an agent or human"),
    _("is required: a number of seconds"),
    _("its time is a whole number of seconds"),
    _("must be text: several are assignees"),
    _("%(name)s leads back to itself, and no step between waits"),
    _('the next step, %(name)s, follows a success too: say "on_success": "end" to end the run here'),
    _("nobody is named: the only agent does it"),
    _("nobody is named and no runtime_type: the run passes over this step"),
    _("no one is notified by %(channel)s; there are %(those)s"),
    _("there are no steps: %(name)s does it"),
    # Macros
    _("unknown; there are %(those)s"),
    # What is odd, and has one meaning all the same
    _("unknown field: it is kept and does nothing"),
    _("published names hold small letters, digits, _ and dots alone"),
    _("an older layout: workflow.steps is where steps belong"),
    _("is not read: %(path)s is what is read"),
    _("another layout: scenario_id, agents[].address and intent are what is read"),
    # Trying and running
    _("only a machine key, an owner, an admin or an operator applies scenarios"),
    _("only an owner, an admin or an operator runs a step again"),
    _("you have %(most)s drafts already: discard one first"),
    # Who may send to whom
    _("%(who)s may not send to %(agent)s: %(whose)s takes nothing"),
    _("%(who)s may not send to %(agent)s: %(whose)s takes what those on its allowlist send alone"),
    _("%(who)s may not send to %(agent)s: %(whose)s takes nothing from those on its denylist"),
)
