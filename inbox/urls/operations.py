"""Operations: what those watch who see to it that all runs."""

from django.urls import URLPattern, URLResolver, path

from inbox.views.operations import (
    acts,
    deliveries,
    endpoint_acts,
    endpoint_forms,
    endpoints,
    fleet,
    limits,
    order,
    overview,
    posts,
    recovery,
    spend,
    system,
)
from inbox.views.operations import agents as watched_agents
from inbox.views.operations import bulk as bulks
from inbox.views.operations import intent as watched_intent
from inbox.views.operations import intents as watched_intents
from inbox.views.operations import messages as watched_messages
from inbox.views.operations import people as watched_people
from inbox.views.operations import run as watched_run
from inbox.views.operations.scenarios import editor, tries
from inbox.views.operations.scenarios import pages as scenarios

patterns: list[URLPattern | URLResolver] = [
    path("operations/bulk", bulks.bulk_list, name="operations-bulks"),
    path("operations/bulk/new", order.order_bulk, name="operations-order-bulk"),
    path("operations/bulk/<uuid:bulk_id>", bulks.bulk_page, name="operations-bulk"),
    path("operations/bulk/<uuid:bulk_id>/abort", bulks.abort, name="operations-abort-bulk"),
    path("operations", overview.page, name="operations"),
    path("operations/people", watched_people.everybody, name="operations-people"),
    path("operations/people/visibility", watched_people.set_visibility, name="operations-people-visibility"),
    path("operations/intents", watched_intents.intent_list, name="operations-intents"),
    path("operations/intents/suggest", watched_intents.suggest, name="operations-suggest"),
    path("operations/intents/columns", watched_intents.choose_columns, name="operations-columns"),
    path("operations/intents/total", watched_intents.counted, name="operations-total"),
    path("operations/intents/views", watched_intents.counted_views, name="operations-counted-views"),
    path("operations/intents/views/new", watched_intents.save_view, name="operations-save-view"),
    path("operations/intents/views/<uuid:view_id>", watched_intents.change_view, name="operations-change-view"),
    path("operations/intents/views/<uuid:view_id>/delete", watched_intents.delete_view, name="operations-delete-view"),
    path("operations/intents/<uuid:intent_id>", watched_intent.intent_page, name="operations-intent"),
    path("operations/runs/<uuid:intent_id>", watched_run.run_page, name="operations-run"),
    path("operations/runs/<uuid:intent_id>/retry", watched_run.retry_from, name="operations-retry-from"),
    path("operations/runs/<uuid:intent_id>/tries/<int:number>", watched_run.try_page, name="operations-try"),
    path("operations/scenarios", scenarios.scenario_list, name="operations-scenarios"),
    path("operations/scenarios/new", scenarios.new_scenario, name="operations-new-scenario"),
    path("operations/scenarios/drafts/<uuid:draft_id>", editor.edit_draft, name="operations-draft"),
    path("operations/scenarios/drafts/<uuid:draft_id>/try", tries.try_draft, name="operations-try-draft"),
    path("operations/scenarios/drafts/<uuid:draft_id>/discard", scenarios.discard_draft, name="operations-discard-draft"),
    path("operations/scenarios/all/<str:scenario_id>", scenarios.scenario_page, name="operations-scenario"),
    path("operations/scenarios/all/<str:scenario_id>/edit", scenarios.edit_scenario, name="operations-edit-scenario"),
    path("operations/scenarios/all/<str:scenario_id>/run", scenarios.run_version, name="operations-run-scenario"),
    path("operations/intents/<uuid:intent_id>/evidence", watched_intent.evidence_file, name="operations-evidence"),
    path("operations/intents/<uuid:intent_id>/erase", watched_intent.erase, name="operations-erase"),
    path("operations/intents/<uuid:intent_id>/cancel", watched_intent.cancel, name="operations-cancel"),
    path("operations/intents/<uuid:intent_id>/run-again", watched_intent.run_again, name="operations-run-again"),
    path("operations/intents/<uuid:intent_id>/resume", watched_intent.resume_wait, name="operations-resume"),
    path("operations/intents/<uuid:intent_id>/transfer", watched_intent.transfer, name="operations-transfer"),
    path("operations/intents/<uuid:intent_id>/deadline", watched_intent.set_deadline, name="operations-deadline"),
    path("operations/fleet", fleet.fleet_page, name="operations-fleet"),
    path("operations/fleet/stop", fleet.stop, name="operations-fleet-stop"),
    path("operations/fleet/limits", limits.limits_page, name="operations-limits"),
    path("operations/fleet/limits/edit", limits.edit_limits, name="operations-edit-limits"),
    path("operations/fleet/limits/edit/<path:agent>", limits.edit_limits, name="operations-edit-agent-limits"),
    path("operations/fleet/spend", spend.spend_page, name="operations-spend"),
    path("operations/agents", watched_agents.agent_list, name="operations-agents"),
    path("operations/agents/<uuid:agent_id>/suspend", watched_agents.suspend, name="operations-agent-suspend"),
    path("operations/agents/<uuid:agent_id>/resume", watched_agents.resume, name="operations-agent-resume"),
    path("operations/deliveries", deliveries.delivery_list, name="operations-deliveries"),
    path("operations/deliveries/<uuid:delivery_id>/try", deliveries.try_now, name="operations-delivery-try"),
    path("operations/endpoints", endpoints.endpoint_list, name="operations-endpoints"),
    path("operations/endpoints/new", endpoint_forms.new_endpoint, name="operations-new-endpoint"),
    path("operations/endpoints/<uuid:endpoint_id>", endpoints.endpoint_page, name="operations-endpoint"),
    path("operations/endpoints/<uuid:endpoint_id>/edit", endpoint_forms.edit_endpoint, name="operations-edit-endpoint"),
    path("operations/endpoints/<uuid:endpoint_id>/secret", endpoint_forms.rotate_secret, name="operations-rotate-endpoint"),
    path("operations/endpoints/<uuid:endpoint_id>/test", endpoint_acts.send_test, name="operations-test-endpoint"),
    path("operations/endpoints/<uuid:endpoint_id>/disable", endpoint_acts.disable, name="operations-disable-endpoint"),
    path("operations/endpoints/<uuid:endpoint_id>/enable", endpoint_acts.enable, name="operations-enable-endpoint"),
    path("operations/endpoints/<uuid:endpoint_id>/delete", endpoint_acts.delete, name="operations-delete-endpoint"),
    path("operations/endpoints/<uuid:endpoint_id>/recover", recovery.recover, name="operations-recover-endpoint"),
    path(
        "operations/endpoints/<uuid:endpoint_id>/replay-skipped",
        recovery.replay_skipped,
        name="operations-replay-skipped",
    ),
    path("account/confirm/operations/endpoints/new", endpoint_forms.new_endpoint, name="confirm-new-endpoint"),
    path(
        "account/confirm/operations/endpoints/<uuid:endpoint_id>/edit",
        endpoint_forms.edit_endpoint,
        name="confirm-edit-endpoint",
    ),
    path(
        "account/confirm/operations/endpoints/<uuid:endpoint_id>/secret",
        endpoint_forms.rotate_secret,
        name="confirm-rotate-endpoint",
    ),
    path("operations/deliveries/<uuid:message_id>", posts.post_page, name="operations-post"),
    path("operations/deliveries/<uuid:message_id>/replay", posts.replay, name="operations-replay-post"),
    path("operations/messages", watched_messages.message_list, name="operations-messages"),
    path("operations/messages/send-again", watched_messages.send_again, name="operations-send-again"),
    path("operations/system", system.system_page, name="operations-system"),
    path("operations/audit", acts.audit_log, name="operations-audit"),
]
