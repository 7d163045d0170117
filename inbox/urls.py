"""The addresses of the pages."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.urls import URLPattern, URLResolver, path, re_path

from inbox.views import deciding, design, doing, inbox

# By the names that the library asks for.
signing_in: list[URLPattern | URLResolver] = [
    path("sign-in", account.login, name="account_login"),
    path("sign-out", account.logout, name="account_logout"),
    path("account/inactive", account.account_inactive, name="account_inactive"),
    path("account/code", second_factor.authenticate, name="mfa_authenticate"),
    path("account/confirm", account.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/code", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("account/forgotten", account.password_reset, name="account_reset_password"),
    path("account/forgotten/sent", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/new-password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/new-password/done", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/password", account.password_change, name="account_change_password"),
    path("account/password/first", account.password_set, name="account_set_password"),
    path("account/second-factor/turn-on", totp.activate_totp, name="mfa_activate_totp"),
    path("account/second-factor/turn-off", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/second-factor/codes", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second-factor/codes/new", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]

tasks: list[URLPattern | URLResolver] = [
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/rows", inbox.some_rows, name="inbox-rows"),
    path("inbox/<uuid:task_id>", inbox.page, name="task"),
    path("inbox/<uuid:task_id>/decide", deciding.answer, name="task-decide"),
    path("inbox/<uuid:task_id>/undo", doing.undo, name="task-undo"),
    path("inbox/<uuid:task_id>/claim", doing.take, name="task-claim"),
    path("inbox/<uuid:task_id>/release", doing.give_back, name="task-release"),
    path("inbox/<uuid:task_id>/comment", doing.comment, name="task-comment"),
    path("inbox/<uuid:task_id>/ask", doing.ask, name="task-ask"),
    path("inbox/<uuid:task_id>/delegate", doing.hand_on, name="task-delegate"),
    path("inbox/<uuid:task_id>/assign", doing.assign, name="task-assign"),
    path("inbox/<uuid:task_id>/snooze", doing.put_off, name="task-snooze"),
    path("inbox/<uuid:task_id>/unsnooze", doing.bring_back, name="task-unsnooze"),
]

urlpatterns: list[URLPattern | URLResolver] = [*signing_in, *tasks]
if settings.DEBUG:
    urlpatterns.append(path("_design", design.pieces))
