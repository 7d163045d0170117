"""Credentials as the database has them, as SQL: who stands behind a key, a token or a command line now."""

from intents.accounts import absences, requirements, stops
from intents.kernel import clock

LAST_USED_SECONDS = 60
"""`last_used_at` is written at most this often for each credential."""

# A credential's use is noted in the look-up itself, and seldom, so that a busy key does not write on each request.
MACHINE = f"""
WITH found AS (
    SELECT k.id, k.workspace_id, k.agent_id, k.scope, k.tools, k.last_used_at, a.name, a.status,
           w.slug AS workspace, o.slug AS org
    FROM intents_agentkey k
    JOIN intents_agent a ON a.id = k.agent_id
    JOIN intents_workspace w ON w.id = k.workspace_id
    JOIN intents_organization o ON o.id = w.organization_id
    WHERE k.fingerprint = %(fingerprint)s AND a.status <> 'deleted' AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > {clock.NOW})
), used AS (
    UPDATE intents_agentkey k SET last_used_at = {clock.NOW} FROM found
    WHERE k.id = found.id
      AND (found.last_used_at IS NULL OR found.last_used_at < {clock.NOW} - make_interval(secs => {LAST_USED_SECONDS}))
)
SELECT id, workspace_id, agent_id, scope, tools, name, status, workspace, org FROM found
"""

_PERSON = f"""
WITH found AS (
    SELECT t.id, t.workspace_id, t.user_id, t.last_used_at, u.email, u.email_verified_at, m.role,
           w.slug AS workspace, o.slug AS org,
           ARRAY(SELECT g.group_id FROM intents_groupmember g WHERE g.member_id = m.id) AS groups,
           {absences.STANDS_IN_FOR} AS stands_in_for,
           {requirements.BEARER_MAY} AS may, p.requires
    FROM intents_persontoken t
    JOIN intents_user u ON u.id = t.user_id
    JOIN intents_member m ON m.user_id = t.user_id AND m.workspace_id = t.workspace_id
    {requirements.JOIN}
    JOIN intents_workspace w ON w.id = t.workspace_id
    JOIN intents_organization o ON o.id = w.organization_id
    WHERE t.{{found_by}} AND u.is_active AND m.suspended_at IS NULL AND {requirements.BEARER_LASTS}
), used AS (
    UPDATE intents_persontoken t SET last_used_at = {clock.NOW} FROM found
    WHERE t.id = found.id
      AND (found.last_used_at IS NULL OR found.last_used_at < {clock.NOW} - make_interval(secs => {LAST_USED_SECONDS}))
)
SELECT id, workspace_id, user_id, email, email_verified_at, role, workspace, org, groups, stands_in_for, may, requires
FROM found
"""
BY_TOKEN = _PERSON.replace("{found_by}", "fingerprint = %(fingerprint)s AND t.provider IS NULL")
BY_SESSION = _PERSON.replace("{found_by}", "id = %(session)s AND t.provider IS NOT NULL")
BY_KEY = f"""
SELECT t.workspace_id, t.user_id, k.id, k.agent_id, a.name, a.status, w.slug, o.slug, {requirements.BEARER_MAY}, p.requires
FROM intents_commandline l
JOIN intents_persontoken t ON t.id = l.token_id
JOIN intents_user u ON u.id = t.user_id
JOIN intents_member m ON m.user_id = t.user_id AND m.workspace_id = t.workspace_id
{requirements.JOIN}
JOIN intents_workspace w ON w.id = t.workspace_id
JOIN intents_organization o ON o.id = w.organization_id
LEFT JOIN intents_agentkey k ON k.id = l.agent_key_id AND k.revoked_at IS NULL AND {requirements.KEY_MAY}
LEFT JOIN intents_agent a ON a.id = k.agent_id
WHERE l.key_fingerprint = %(fingerprint)s AND u.is_active AND m.suspended_at IS NULL AND {requirements.BEARER_LASTS}
"""
"""The command line whose key it is, with the agent in whose name it sends, if any."""

VALID = f"""
SELECT k.id FROM intents_agentkey k JOIN intents_agent a ON a.id = k.agent_id
WHERE k.id = ANY(%(ids)s) AND a.status = 'active' AND k.revoked_at IS NULL
  AND (k.expires_at IS NULL OR k.expires_at > {clock.NOW}) AND {requirements.KEY_MAY}
  AND NOT {stops.does_nothing("a", "name")}
UNION ALL
SELECT t.id FROM intents_persontoken t
JOIN intents_user u ON u.id = t.user_id
JOIN intents_member m ON m.user_id = t.user_id AND m.workspace_id = t.workspace_id
{requirements.JOIN}
WHERE t.id = ANY(%(ids)s) AND u.is_active AND m.suspended_at IS NULL
  AND {requirements.BEARER_LASTS} AND {requirements.BEARER_MAY}
"""
