"""The addresses of the pages."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.generic import RedirectView

from inbox.views import design, notifications, tour
from inbox.views.account import arriving, seats, session
from inbox.views.operations import (
    acts,
    deliveries,
    endpoint_acts,
    endpoint_forms,
    endpoints,
    order,
    overview,
    posts,
    recovery,
    system,
)
from inbox.views.operations import agents as watched_agents
from inbox.views.operations import bulk as bulks
from inbox.views.operations import intent as watched_intent
from inbox.views.operations import intents as watched_intents
from inbox.views.operations import messages as watched_messages
from inbox.views.operations import people as watched_people
from inbox.views.settings import erasing, retention
from inbox.views.settings.agents import delivery as agent_delivery
from inbox.views.settings.agents import keys
from inbox.views.settings.agents import pages as agents
from inbox.views.settings.calendars import pages as calendars
from inbox.views.settings.notifications import chats, ways
from inbox.views.settings.oncall import pages as oncall
from inbox.views.settings.oncall import stand_ins
from inbox.views.settings.own import decisions, profile, security, tokens
from inbox.views.settings.people import groups, invitations, members
from inbox.views.settings.policies import pages as policies
from inbox.views.settings.tools import pages as tools
from inbox.views.tasks import actions, decide, detail
from inbox.views.tasks import list as task_list

# By the names that the library asks for.
signing_in: list[URLPattern | URLResolver] = [
    path("sign-in", arriving.sign_in, name="account_login"),
    path("sign-out", account.logout, name="account_logout"),
    path("account/inactive", account.account_inactive, name="account_inactive"),
    path("account/code", second_factor.authenticate, name="mfa_authenticate"),
    path("account/confirm", account.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/decision/<uuid:task_id>", decide.confirm, name="task-confirm"),
    path("account/confirm/code", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("account/forgotten", account.password_reset, name="account_reset_password"),
    path("account/forgotten/sent", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/new-password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/new-password/done", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/address/again", security.verify_again, name="verify-again"),
    path("account/address/<str:key>", security.verify, name="verify"),
    path("account/password", account.password_change, name="account_change_password"),
    path("account/password/first", account.password_set, name="account_set_password"),
    path("account/second-factor/turn-on", totp.activate_totp, name="mfa_activate_totp"),
    path("account/second-factor/turn-off", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/second-factor/codes", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second-factor/codes/new", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]

tasks: list[URLPattern | URLResolver] = [
    path("inbox", task_list.inbox, name="inbox"),
    path("inbox/stuck", task_list.unroutable, name="inbox-stuck"),
    path("inbox/rows", task_list.some_rows, name="inbox-rows"),
    path("inbox/<uuid:task_id>", detail.page, name="task"),
    path("inbox/<uuid:task_id>/data", detail.data, name="task-data"),
    path("inbox/<uuid:task_id>/decide", decide.answer, name="task-decide"),
    path("inbox/<uuid:task_id>/undo", actions.undo, name="task-undo"),
    path("inbox/<uuid:task_id>/claim", actions.claim_task, name="task-claim"),
    path("inbox/<uuid:task_id>/release", actions.release, name="task-release"),
    path("inbox/<uuid:task_id>/comment", actions.comment, name="task-comment"),
    path("inbox/<uuid:task_id>/ask", actions.ask, name="task-ask"),
    path("inbox/<uuid:task_id>/delegate", actions.delegate_task, name="task-delegate"),
    path("inbox/<uuid:task_id>/undelegate", actions.undelegate, name="task-undelegate"),
    path("inbox/<uuid:task_id>/assign", actions.assign, name="task-assign"),
    path("inbox/<uuid:task_id>/snooze", actions.snooze_task, name="task-snooze"),
    path("inbox/<uuid:task_id>/unsnooze", actions.unsnooze, name="task-unsnooze"),
    path("session", session.session, name="session"),
    path("notifications", notifications.notification_list, name="notifications"),
    path("notifications/read", notifications.read_all, name="notifications-read"),
    path("notifications/news", notifications.news, name="notifications-news"),
    path("tour", tour.tour, name="tour"),
    path("demo/remove", tour.remove_demo, name="remove-demo"),
]

operations: list[URLPattern | URLResolver] = [
    path("operations/bulk", bulks.bulk_list, name="operations-bulks"),
    path("operations/bulk/new", order.order_bulk, name="operations-order-bulk"),
    path("operations/bulk/<uuid:bulk_id>", bulks.bulk_page, name="operations-bulk"),
    path("operations/bulk/<uuid:bulk_id>/abort", bulks.abort, name="operations-abort-bulk"),
    path("operations", overview.page, name="operations"),
    path("operations/people", watched_people.everybody, name="operations-people"),
    path("operations/intents", watched_intents.intent_list, name="operations-intents"),
    path("operations/intents/suggest", watched_intents.suggest, name="operations-suggest"),
    path("operations/intents/columns", watched_intents.choose_columns, name="operations-columns"),
    path("operations/intents/total", watched_intents.counted, name="operations-total"),
    path("operations/intents/views", watched_intents.counted_views, name="operations-counted-views"),
    path("operations/intents/views/new", watched_intents.save_view, name="operations-save-view"),
    path("operations/intents/views/<uuid:view_id>/delete", watched_intents.delete_view, name="operations-delete-view"),
    path("operations/intents/<uuid:intent_id>", watched_intent.intent_page, name="operations-intent"),
    path("operations/intents/<uuid:intent_id>/evidence", watched_intent.evidence_file, name="operations-evidence"),
    path("operations/intents/<uuid:intent_id>/erase", watched_intent.erase, name="operations-erase"),
    path("operations/intents/<uuid:intent_id>/cancel", watched_intent.cancel, name="operations-cancel"),
    path("operations/intents/<uuid:intent_id>/run-again", watched_intent.run_again, name="operations-run-again"),
    path("operations/intents/<uuid:intent_id>/resume", watched_intent.resume_wait, name="operations-resume"),
    path("operations/intents/<uuid:intent_id>/transfer", watched_intent.transfer, name="operations-transfer"),
    path("operations/intents/<uuid:intent_id>/deadline", watched_intent.set_deadline, name="operations-deadline"),
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

coming_in: list[URLPattern | URLResolver] = [
    path("setup", arriving.setup, name="setup"),
    path("invitations/<str:token>", arriving.invitation, name="invitation"),
]

settings_pages: list[URLPattern | URLResolver] = [
    path("workspace", seats.switch, name="switch-workspace"),
    path("settings", RedirectView.as_view(pattern_name="settings-profile"), name="settings"),
    path("settings/time-zone", profile.use_zone, name="settings-time-zone"),
    path("settings/profile", profile.profile, name="settings-profile"),
    path("settings/decisions", decisions.decisions, name="settings-decisions"),
    path("settings/security", security.security, name="settings-security"),
    path("settings/security", security.security, name="mfa_index"),  # by the name that the library asks for
    path("settings/sessions/end-others", security.end_others, name="settings-end-others"),
    path("settings/sessions/<uuid:session_id>/end", security.end_session, name="settings-end-session"),
    path("settings/notifications", ways.notifications, name="settings-notifications"),
    path("settings/notifications/test", chats.test_channel, name="settings-test-channel"),
    path("settings/notifications/chats/new", chats.add_address, name="settings-add-address"),
    path("settings/notifications/chats/<uuid:address_id>/remove", chats.remove_address, name="settings-remove-address"),
    path("settings/tokens", tokens.token_list, name="settings-tokens"),
    path("settings/tokens/new", tokens.create_token, name="settings-create-token"),
    path("account/confirm/settings/tokens/new", tokens.create_token, name="confirm-create-token"),
    path("settings/tokens/<uuid:token_id>/revoke", tokens.revoke_token, name="settings-revoke-token"),
    path("settings/people", members.members, name="settings-people"),
    path("settings/people/<uuid:member_id>/role", members.change_role, name="settings-change-role"),
    path("settings/people/<uuid:member_id>", members.member_page, name="settings-member"),
    path("settings/people/<uuid:member_id>/manager", members.set_manager, name="settings-set-manager"),
    path("account/confirm/settings/people/<uuid:member_id>/manager", members.set_manager, name="confirm-set-manager"),
    path("settings/people/<uuid:member_id>/suspend", members.suspend, name="settings-suspend-member"),
    path("settings/people/<uuid:member_id>/unsuspend", members.unsuspend, name="settings-unsuspend-member"),
    path("settings/people/<uuid:member_id>/remove", members.remove, name="settings-remove-member"),
    path("settings/invitations/new", invitations.invite, name="settings-invite"),
    path("account/confirm/settings/invitations/new", invitations.invite, name="confirm-invite"),
    path("settings/invitations/<uuid:invitation_id>/again", invitations.invite_again, name="settings-invite-again"),
    path("settings/invitations/<uuid:invitation_id>/revoke", invitations.revoke, name="settings-revoke-invitation"),
    path("settings/groups", groups.group_list, name="settings-groups"),
    path("settings/groups/new", groups.create_group, name="settings-create-group"),
    path("settings/groups/<uuid:group_id>", groups.group_page, name="settings-group"),
    path("settings/groups/<uuid:group_id>/rename", groups.rename_group, name="settings-rename-group"),
    path("settings/groups/<uuid:group_id>/delete", groups.delete_group, name="settings-delete-group"),
    path("settings/groups/<uuid:group_id>/join/<uuid:member_id>", groups.join_group, name="settings-join-group"),
    path("settings/groups/<uuid:group_id>/leave/<uuid:member_id>", groups.leave_group, name="settings-leave-group"),
    path("settings/policies", policies.policy_list, name="settings-policies"),
    path("settings/policies/new", policies.create, name="settings-create-policy"),
    path("settings/policies/<uuid:policy_id>", policies.edit, name="settings-policy"),
    path("settings/policies/<uuid:policy_id>/delete", policies.delete, name="settings-delete-policy"),
    path("settings/policies/<uuid:policy_id>/move", policies.move, name="settings-move-policy"),
    path("account/confirm/settings/policies/new", policies.create, name="confirm-create-policy"),
    path("account/confirm/settings/policies/<uuid:policy_id>", policies.edit, name="confirm-policy"),
    path("account/confirm/settings/calendars/new", calendars.new_calendar, name="confirm-new-calendar"),
    path("account/confirm/settings/calendars/<uuid:calendar_id>", calendars.edit_calendar, name="confirm-calendar"),
    path("account/confirm/settings/on-call/new", oncall.new_schedule, name="confirm-new-schedule"),
    path("account/confirm/settings/on-call/<uuid:schedule_id>", oncall.edit_schedule, name="confirm-schedule"),
    path("account/confirm/settings/on-call/<uuid:schedule_id>/stand-in", stand_ins.stand_in, name="confirm-stand-in"),
    path("settings/agents", agents.agent_list, name="settings-agents"),
    path("settings/agents/new", agents.create_agent, name="settings-create-agent"),
    path("settings/agents/<uuid:agent_id>", agents.agent_page, name="settings-agent"),
    path("settings/agents/<uuid:agent_id>/owner", agents.set_owner, name="settings-set-owner"),
    path("settings/agents/<uuid:agent_id>/delete", agents.delete_agent, name="settings-delete-agent"),
    path("settings/agents/<uuid:agent_id>/delivery", agent_delivery.change_delivery, name="settings-agent-delivery"),
    path(
        "account/confirm/settings/agents/<uuid:agent_id>/delivery",
        agent_delivery.change_delivery,
        name="confirm-agent-delivery",
    ),
    path("settings/agents/<uuid:agent_id>/secret/rotate", agent_delivery.rotate_secret, name="settings-rotate-secret"),
    path(
        "account/confirm/settings/agents/<uuid:agent_id>/secret/rotate",
        agent_delivery.rotate_secret,
        name="confirm-rotate-secret",
    ),
    path("settings/agents/<uuid:agent_id>/keys/new", keys.create_key, name="settings-create-key"),
    path("account/confirm/settings/agents/<uuid:agent_id>/keys/new", keys.create_key, name="confirm-create-key"),
    path("settings/agents/<uuid:agent_id>/keys/<uuid:key_id>/rotate", keys.rotate_key, name="settings-rotate-key"),
    path(
        "account/confirm/settings/agents/<uuid:agent_id>/keys/<uuid:key_id>/rotate",
        keys.rotate_key,
        name="confirm-rotate-key",
    ),
    path("settings/agents/<uuid:agent_id>/keys/<uuid:key_id>/revoke", keys.revoke_key, name="settings-revoke-key"),
    path("settings/tools", tools.tool_list, name="settings-tools"),
    path("settings/tools/new", tools.new_tool, name="settings-new-tool"),
    path("account/confirm/settings/tools/new", tools.new_tool, name="confirm-new-tool"),
    path("settings/tools/<uuid:tool_id>", tools.tool_page, name="settings-tool"),
    path("settings/tools/<uuid:tool_id>/edit", tools.edit_tool, name="settings-edit-tool"),
    path("account/confirm/settings/tools/<uuid:tool_id>/edit", tools.edit_tool, name="confirm-edit-tool"),
    path("settings/tools/<uuid:tool_id>/remove", tools.remove_tool, name="settings-remove-tool"),
    path("settings/data", retention.retention_page, name="settings-data"),
    path("settings/data/edit", retention.edit_retention, name="settings-edit-data"),
    path("settings/data/people/<uuid:user_id>/erase", erasing.erase_person, name="settings-erase-person"),
    path("account/confirm/settings/data/edit", retention.edit_retention, name="confirm-data"),
    path("account/confirm/settings/data/people/<uuid:user_id>/erase", erasing.erase_person, name="confirm-erase-person"),
    path("settings/calendars", calendars.calendar_list, name="settings-calendars"),
    path("settings/calendars/new", calendars.new_calendar, name="settings-new-calendar"),
    path("settings/calendars/<uuid:calendar_id>", calendars.calendar_page, name="settings-calendar"),
    path("settings/calendars/<uuid:calendar_id>/edit", calendars.edit_calendar, name="settings-edit-calendar"),
    path("settings/calendars/<uuid:calendar_id>/delete", calendars.delete_calendar, name="settings-delete-calendar"),
    path("settings/on-call", oncall.schedule_list, name="settings-oncall"),
    path("settings/on-call/new", oncall.new_schedule, name="settings-new-schedule"),
    path("settings/on-call/<uuid:schedule_id>", oncall.schedule_page, name="settings-schedule"),
    path("settings/on-call/<uuid:schedule_id>/edit", oncall.edit_schedule, name="settings-edit-schedule"),
    path("settings/on-call/<uuid:schedule_id>/delete", oncall.delete_schedule, name="settings-delete-schedule"),
    path("settings/on-call/<uuid:schedule_id>/stand-in", stand_ins.stand_in, name="settings-stand-in"),
    path(
        "settings/on-call/<uuid:schedule_id>/stand-in/<uuid:override_id>/remove",
        stand_ins.stand_down,
        name="settings-stand-down",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [*signing_in, *coming_in, *tasks, *operations, *settings_pages]
if settings.DEBUG:
    urlpatterns.append(path("_design", design.pieces))
    urlpatterns += [path("_design/setup", design.setup), path("_design/code", design.code)]
    urlpatterns.append(path("_design/rare/<slug:name>", design.rare))
