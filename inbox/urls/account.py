"""Signing in and coming in, and what of an account a password opens."""

from allauth.account import views as account
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import URLPattern, URLResolver, path, re_path

from inbox.views.account import arriving, command_lines, language, oidc, passkeys
from inbox.views.settings.own import security
from inbox.views.tasks import decide

# By the names that the library asks for.
signing_in: list[URLPattern | URLResolver] = [
    path("sign-in", arriving.sign_in, name="account_login"),
    path("sign-out", account.logout, name="account_logout"),
    path("language", language.choose, name="language"),
    path("account/inactive", account.account_inactive, name="account_inactive"),
    path("account/code", passkeys.second_step, name="mfa_authenticate"),
    path("account/confirm", oidc.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/decision/<uuid:task_id>", decide.confirm, name="task-confirm"),
    path("account/confirm/code", passkeys.confirm_by_code, name="mfa_reauthenticate"),
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
    path("account/oidc/confirm", oidc.confirm, name="account_oidc_confirm"),
    path("account/oidc/<slug:provider_id>", oidc.start, name="oidc-start"),
    path("account/oidc/<slug:provider_id>/callback", oidc.callback, name="oidc-callback"),
    path("account/passkeys/options/<slug:to>", passkeys.options, name="passkey-options"),
    path("account/passkeys/sign-in", passkeys.sign_in, name="mfa_login_webauthn"),
    path("account/passkeys/confirm", passkeys.confirm, name="mfa_reauthenticate_webauthn"),
    path("account/passkeys/new", passkeys.add, name="mfa_add_webauthn"),
    path("account/passkeys/<int:passkey_id>", passkeys.rename, name="mfa_edit_webauthn"),
    path("account/passkeys/<int:passkey_id>/remove", passkeys.remove, name="mfa_remove_webauthn"),
    path("account/second-factor/codes", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second-factor/codes/new", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]


coming_in: list[URLPattern | URLResolver] = [
    path("auth/cli", command_lines.approve, name="approve-command-line"),
    path("auth/exchange", command_lines.exchange, name="exchange-ticket"),
    path("setup", arriving.setup, name="setup"),
    path("invitations/<str:token>", arriving.invitation, name="invitation"),
]
