"""What a workspace asks of those who sign in, as SQL, so that every door asks it in the statement that it makes anyway.

All of it is over a member `m` and the rules `p` of the workspace (`JOIN`). `BY_SESSION` is for a session `s`, `ANY_IDENTITY`
for a person's token.
"""

from intents.accounts.models.sign_in import Requirement
from intents.kernel import clock
from intents.kernel.actors import OPERATORS

JOIN = "LEFT JOIN intents_signinrules p ON p.workspace_id = m.workspace_id"
BY_SESSION = "s.provider <> ''"
ANY_IDENTITY = "EXISTS (SELECT FROM intents_identity i WHERE i.user_id = m.user_id)"
TOO_OLD, IDLE = "too_old", "idle"
"""Why a session has ended here, beside what a `Requirement` is called."""

_HELD = "SELECT FROM mfa_authenticator f WHERE f.user_id = m.user_id AND f.type"
HOLDS = """
SELECT 1 FROM mfa_authenticator
WHERE user_id = %(user)s AND (type = 'webauthn' OR (type = 'totp' AND NOT %(passkey)s)) LIMIT 1
"""
"""Whether a user has a second factor, or a passkey."""
FROM = "greatest(p.since, m.created_at) + make_interval(days => p.grace_days)"
"""When what is required takes effect."""
AGED = f"s.created_at + make_interval(hours => p.session_hours) <= {clock.NOW}"


def lacking(by_provider: str) -> str:
    """The requirement that is not met, from `FROM` on; '' when all is in order."""
    return f"""CASE
        WHEN p.requires = '' OR NOT (p.roles = '{{}}' OR m.role = ANY(p.roles)) THEN ''
        WHEN p.requires = '{Requirement.SECOND_FACTOR}' AND NOT EXISTS ({_HELD} IN ('totp', 'webauthn')) THEN p.requires
        WHEN p.requires = '{Requirement.PASSKEY}' AND NOT EXISTS ({_HELD} = 'webauthn') THEN p.requires
        WHEN p.requires = '{Requirement.OIDC}' AND NOT ({by_provider}) THEN p.requires
        ELSE '' END"""


def met(by_provider: str) -> str:
    """Whether the member may act now, as far as that goes."""
    return f"(p.id IS NULL OR {lacking(by_provider)} = '' OR {FROM} > {clock.NOW})"


SESSION_MAY = f"({met(BY_SESSION)} AND {AGED} IS NOT TRUE)"
"""The same for a session, which is not too old either."""
TOKEN_MAY = met(ANY_IDENTITY)
BY_TOKEN = f"CASE WHEN t.provider IS NULL THEN {ANY_IDENTITY} ELSE t.provider <> '' END"
"""The same for a token `t`, which is a personal one, or the session of a command line."""
BEARER_MAY = met(BY_TOKEN)
BEARER_LASTS = f"""(t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > {clock.NOW}) AND (
    t.provider IS NULL OR p.id IS NULL OR NOT (
        coalesce(t.created_at + make_interval(hours => p.session_hours) <= {clock.NOW}, false)
        OR coalesce(coalesce(t.last_used_at, t.created_at) + make_interval(mins => p.idle_minutes) <= {clock.NOW}, false)
    )
))"""
"""Whether a token has not ended. A command line's session is as old and as idle as the workspace lets sessions be."""
_SENDERS = ", ".join(f"'{role}'" for role in sorted(OPERATORS))
KEY_MAY = f"""NOT EXISTS (
    SELECT FROM intents_commandline c JOIN intents_persontoken t ON t.id = c.token_id
    WHERE c.agent_key_id = k.id AND NOT EXISTS (
        SELECT FROM intents_member m JOIN intents_user u ON u.id = m.user_id {JOIN}
        WHERE m.workspace_id = t.workspace_id AND m.workspace_id = k.workspace_id AND m.user_id = t.user_id
          AND u.is_active AND m.suspended_at IS NULL AND m.role IN ({_SENDERS})
          AND {BEARER_LASTS} AND {BEARER_MAY}
    )
)"""
"""Whether a machine key `k` is nobody's command line, or that of somebody who is signed in and may send."""


def refusal(requires: str) -> str:
    """What somebody is told whose token is not enough."""
    what = {
        Requirement.SECOND_FACTOR: "two-factor authentication: set it up on the server's pages, under Settings > Security",
        Requirement.PASSKEY: "a passkey: add one on the server's pages, under Settings > Security",
        Requirement.OIDC: "signing in with its identity provider: do so once on the server's sign-in page",
    }
    return f"this workspace requires {what.get(Requirement(requires), requires)}"
