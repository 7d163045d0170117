"""How people sign in: the settings of Django and django-allauth that no variable changes."""

AUTH_USER_MODEL = "intents.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "inbox.adapters.Accounts"
ACCOUNT_FORMS = {
    "login": "inbox.views.account.signing_in.SignIn",
    "reset_password": "inbox.views.account.signing_in.ForgottenPassword",
    "reset_password_from_key": "inbox.views.account.signing_in.NewPassword",
    "change_password": "inbox.views.account.signing_in.ChangePassword",
    "set_password": "inbox.views.account.signing_in.SetPassword",
    "reauthenticate": "inbox.views.account.signing_in.Confirm",
}
# Wrong passwords for one address, from one machine; `inbox.adapters` counts those from all machines.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# `intents.accounts.proofs` does this: whoever typed an address may sign in, but it does not name them yet.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
MFA_ADAPTER = "inbox.adapters.SecondFactor"
MFA_FORMS = {
    "authenticate": "inbox.views.kit.codes.SecondStep",
    "reauthenticate": "inbox.views.kit.codes.ConfirmByCode",
    "activate_totp": "inbox.views.kit.codes.TurnOn",
    "add_webauthn": "inbox.views.kit.passkeys.NewPasskey",
    "login_webauthn": "inbox.views.kit.passkeys.SignInByPasskey",
    "authenticate_webauthn": "inbox.views.kit.passkeys.SecondStepByPasskey",
    "reauthenticate_webauthn": "inbox.views.kit.passkeys.ConfirmByPasskey",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# No secret that could be guessed is behind it; an office behind one address signs in in the morning.
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "AXME Inbox"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
