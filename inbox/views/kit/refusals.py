"""What people read of a refusal. The domain refuses in English, for programs and pages alike; pages say it in theirs."""

import re
from functools import lru_cache

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, gettext
from django.utils.translation import gettext_noop as _

from inbox import presentation
from inbox.templatetags.untrusted import visible
from inbox.views.kit import words
from inbox.views.kit.form_refusals import FORM_REFUSALS
from inbox.views.kit.scenario_refusals import SCENARIO_REFUSALS
from inbox.views.kit.search_refusals import SEARCH_REFUSALS
from inbox.views.kit.sign_in_refusals import SIGN_IN_REFUSALS
from inbox.vocabulary.parts import pattern

LONGEST = 1000
_FIELD = re.compile(r"[\w.]+: ")

REFUSALS = (
    # Who may do what
    _("only an owner or an admin overrides the assignees"),
    _("only an owner, an admin or an operator assigns tasks"),
    _("only an owner, an admin or an operator sees what waits for others"),
    _("only an owner, an admin or an operator repairs"),
    _("only an owner, an admin, an operator or a viewer sees what goes on"),
    _("only an owner, an admin or an operator runs an intent again"),
    _("only an owner or an admin reads the audit log, with a person's token"),
    _("only an owner or an admin sees how others decide, with a person's token"),
    _("only owners and admins set up how the workspace works, as people"),
    _("only an owner or an admin sees and sets what is kept, with a person's token"),
    _("only an owner, an admin or a workspace key manages tools"),
    _("only an owner, an admin or a workspace key manages agents and keys"),
    _("only an owner changes how people sign in"),
    _("only an owner makes or changes an owner"),
    _("only an owner removes the demo"),
    _("only owners and admins manage people"),
    _("only owners and admins manage agents and keys"),
    _("only owners and admins manage endpoints"),
    _("only owners and admins set quotas"),
    _("only owners, admins and workspace keys look at quotas"),
    _("only who decided takes it back"),
    _("only who made a view, an owner or an admin changes it"),
    _("only owners and admins change the status of a workspace"),
    _("only owners archive a workspace, or let an archived one go on"),
    _("the operator of this server has set this status: only they change it"),
    _("this workspace has not begun yet: nothing is accepted, decided or delivered here"),
    _("this workspace is suspended: nothing is accepted, decided or delivered here"),
    _("this workspace is archived: nothing is accepted, decided or delivered here"),
    _("this workspace is being moved; try again in a moment"),
    _("viewers decide nothing"),
    _("viewers share nothing"),
    _("viewers can't comment"),
    _("viewers can't reply"),
    _("this is assigned to others"),
    _("you stand behind the agent that asks: separation of duties leaves this to others"),
    _("nobody manages themselves; name somebody else"),
    _("you are signed out, or no member of this workspace any more, or have to sign in anew"),
    # Tasks
    _("tasks of high and critical risk are decided one by one"),
    _("another kind of task than the others"),
    _("it asks for an answer of its own: decide it on its page"),
    _("this answer is none of those it takes"),
    _("there is no such task here any more"),
    _("nothing was decided here that could be taken back"),
    _("several people decide this: nobody claims it for themselves"),
    _("several people decide this: none changes it for the others"),
    _("%(who)s has claimed this: they give it back, or an owner or admin does"),
    _("this was delegated to you: what is delegated once is not delegated on"),
    _("this is assigned to you already; name somebody else"),
    _("you decide this already; name somebody else"),
    _("nobody assigns a task to themselves: name somebody else, or override as an owner or admin"),
    _("name a member by email address, or a group by its name"),
    _("name a member by email address"),
    _("no member, group or role is called that"),
    _("%(email)s cannot sign in any more"),
    _("%(email)s is a viewer and decides nothing"),
    _("%(email)s stands behind the agent that asks: separation of duties"),
    _("it takes %(needed)s people, and %(there)s can decide it"),
    _("this decision requires a comment"),
    _("%(who)s has claimed this and decides it"),
    _("%(who)s decided this already: %(outcome)s"),
    _("the time to decide this is over"),
    _("nobody needs to decide this any more: the intent is %(status)s"),
    _("what you were shown is not what would be decided: look at the task again"),
    _("this decision needs evidence: a file or a text"),
    _("at most %(most)s files at once"),
    _("at most %(most)s tasks at once"),
    _("say why in 1 to %(most)s characters"),
    _("say why: it is kept with the history"),
    _("one of the times that the menu offers"),
    _("may not be changed"),
    _("no task has the id %(id)s"),
    _("there is no table at this place of the data"),
    # In Slack
    _("you are not linked to anybody in this workspace: write /axme link, and open what comes"),
    _("this link is over: ask for another one in Slack, by /axme link"),
    _("this member of Slack is linked to somebody else here: they have to remove it first"),
    # In Teams
    _("you are not linked to anybody in this workspace: write link to this bot, and open what comes"),
    _("this was asked more than %(limit)s times within a minute; wait %(seconds)s s"),
    _("this link is over: write link to the bot in Teams for another one"),
    _("this member of Teams is linked to somebody else here: they have to remove it first"),
    # Lengths and numbers
    _("at most %(most)s characters"),
    _("at most %(most)s days from now"),
    _("at most %(most)s days"),
    _("1 to %(most)s characters"),
    _("1 to %(most)s days, or nothing to keep them"),
    _("0 to %(most)s days"),
    _("%(least)s to %(most)s, or nothing for no limit"),
    _("from %(least)s to %(most)s"),
    _("from 1 to %(most)s days"),
    _("from 1 to %(most)s people"),
    _("a whole number of hours from 1 to 8784"),
    _("one of %(those)s"),
    # Changed by others
    _("your notification settings were changed since you opened them"),
    _("somebody else changed this meanwhile; look at it again"),
    _("changed since you opened it, by %(by)s at %(at)s: look at it again, and send revision %(revision)s to overwrite it"),
    _("changed since you opened it, by %(by)s at %(at)s: look at it again, and send its revision to overwrite it"),
    # Settings
    _("a policy needs a name"),
    _("a calendar needs a name"),
    _("a schedule needs a name"),
    _("an address needs a name"),
    _("a standing grant needs a name"),
    _("there is a policy named %(name)s already"),
    _("there is a calendar named %(name)s already"),
    _("there is a schedule named %(name)s already"),
    _("there is a group called %(name)s already"),
    _("you have an address named %(name)s already"),
    _("an agent named %(name)s exists already"),
    _("the tool %(name)s is configured already"),
    _("the policy %(name)s counts by it: give that another calendar first"),
    _("the policy %(name)s asks whoever is on call in it: change that first"),
    _("no calendar of this workspace is called that"),
    _("no member, group, role or on-call schedule is called that"),
    _("no member of this workspace has this email address"),
    _("no time zone of the IANA list is called that; one is like Europe/Riga"),
    _("a country by its two letters, like LV"),
    _("a time of day like 09:00"),
    _("this time has passed already"),
    _("a time to come"),
    _("the time is a date and an hour, like 2026-01-31T09:00"),
    _("is no JSON"),
    _("%(start)s to %(end)s does not end after it begins"),
    _("%(time)s is no time of a day between 00:00 and 24:00"),
    _("the spans of a day follow each other and do not overlap"),
    _("%(least)s to %(most)s characters, without spaces around them"),
    _("files of this type are not taken: send PNG, JPEG, GIF, WebP, PDF, text, CSV, JSON, ZIP or an office document"),
    _("you have %(most)s addresses already; remove one first"),
    _("another view has this name"),
    _("at most %(most)s views: delete one first"),
    _("say what it is to find"),
    _("this could be taken for a role or an address; choose another name"),
    _("an intent type is like refund.pay.v1"),
    _("a display name has 1 to %(most)s characters"),
    _("%(type)s was given a name at this moment"),
    _("choose a role, a group, or both"),
    _("choose a role"),
    _("there is a schema of this version already"),
    _("a dotted name that ends in its version, like order.fulfill.v1"),
    _("only owners and admins decide access requests"),
    _("nobody decides what they ask for themselves"),
    _("this was %(state)s already by %(who)s"),
    _("%(who)s is no member any more"),
    _("%(count)s requests are open already: they are to be decided first"),
    _("this workspace may use no more of %(what)s: its limit is %(limit)s"),
    _("this workspace may use no more of %(what)s until %(until)s: its limit is %(limit)s"),
    _("name a claim and its value"),
    _("a workspace has at most %(most)s of these"),
    _("this key has ended; create a new one"),
    _("is required for an agent that is called"),
    _(
        "the URL has to begin with https://, unless whoever runs the server allows networks inside "
        "(OUTGOING_ALLOWED_NETWORKS)"
    ),
    _("no agent is registered as %(name)s"),
    _("an intent is not removed before its contents are erased"),
    _("sign in with the identity provider yourself first, or this would keep you out of the workspace"),
    # People
    _("a workspace needs an owner; make somebody else an owner first"),
    _("%(email)s is a member already; change their role instead"),
    _("somebody is registered as %(email)s already"),
    _("this is not an email address, as in ann@example.com"),
    _("this address got many emails today; try again tomorrow"),
    _("this link has expired; have another one sent"),
    _("this link is not complete; have another one sent"),
    _("this link was sent for another account; sign in with the one that it was sent for"),
    _("this link is not complete; start again at the command line"),
    _("this link is over; start again at the command line"),
    _("this sign-in is over; start again at the command line"),
    _("your address is verified already"),
    _("this session has ended already"),
    _("there is no such invitation; ask for a new one"),
    _("%(email)s has an account: sign in with it, then accept"),
    _("this invitation is for %(email)s; you are signed in as %(own)s"),
    _("this server is set up already; sign in, or ask its owner to invite you"),
    # Operations
    _("the overview can be narrowed by %(keys)s and %(last)s only"),
    # Intents
    _("its payload was erased: there is nothing to run again"),
    _("this agent has it already"),
    _("say to which agent"),
)
"""The refusals that people meet on pages; those that only programs meet are said in English there, too."""


_WORDS = {"outcome": words.done_inside, "status": words.status}
"""Parts that are the protocol's, as pages say them."""


def in_words(message: str) -> str:
    """A refusal of the domain in the language of the page."""
    return _in_words(message, get_language()) if len(message) <= LONGEST else message


def begun(message: str) -> str:
    """`in_words`, as a sentence begins. Where it begins with somebody's name or address that stays as it is."""
    said = in_words(message)
    return said if _begins_with_a_value(message, get_language()) else presentation.capitalised(said)


def in_a_sentence(message: str) -> str:
    """`in_words` as a sentence."""
    said = begun(message)
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def marked(message: str) -> SafeString:
    """`begun` as HTML, each part in a direction of its own: `risk:` ends with its colon from right to left, too."""
    found = _found(message) if get_language_bidi() and len(message) <= LONGEST else None
    if found is None:
        return visible(begun(message))
    said = gettext(found[0])
    said = said if said.startswith("%(") else presentation.capitalised(said)
    return SafeString(escape(said) % {name: visible(_WORDS.get(name, str)(part)) for name, part in found[1].items()})


@lru_cache(1024)
def _in_words(message: str, language: str | None) -> str:
    found = _found(message)
    # Programs are told the same in English, but for what has words of its own here.
    if found is None or (language == settings.LANGUAGE_CODE and _WORDS.keys().isdisjoint(found[1])):
        return message
    return gettext(found[0]) % {name: _WORDS.get(name, str)(part) for name, part in found[1].items()}


@lru_cache(1024)
def _begins_with_a_value(message: str, language: str | None) -> bool:
    found = _found(message) if len(message) <= LONGEST else None
    return found is not None and gettext(found[0]).startswith("%(")


def _found(message: str) -> tuple[str, dict[str, str]] | None:
    """The refusal that a message is, and its parts."""
    why = _FIELD.sub("", message, count=1)  # which programs are told; a page shows it at the field, or says enough
    for text, known in _patterns():
        if found := known.fullmatch(message) or known.fullmatch(why):
            return text, found.groupdict()
    return None


@lru_cache(1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each refusal, and what finds it with its parts filled in; those without parts first."""
    every = (*REFUSALS, *FORM_REFUSALS, *SCENARIO_REFUSALS, *SEARCH_REFUSALS, *SIGN_IN_REFUSALS)
    plain_first = sorted(every, key=lambda text: text.count("%("))
    return [(text, pattern(text)) for text in plain_first]
