"""Why an identity provider signs nobody in, as the accounts say it; pages say it in their language."""

from django.utils.translation import gettext_noop as _

SIGN_IN_REFUSALS = (
    _("You have no account here. Ask an owner or admin of the workspace to invite you."),
    _("Your identity provider does not vouch for your email address, so it opens no account here."),
    _(
        "There is an account with your email address, which nobody has verified. Use “Forgotten password” to show that"
        " it is yours, then sign in here again."
    ),
    _("The identity provider cannot be reached. Try again in a moment."),
    _("The identity provider cannot be reached. Try again in a moment. (%(why)s)"),
    _("The identity provider refused this sign-in. Start again."),
    _("The identity provider does not say who you are."),
    _("The identity provider does not say its %(name)s."),
    _("The identity provider calls itself by another name than the settings of this server."),
    _("The clocks of the identity provider and of this server differ."),
    _("The answer of the identity provider is not understood."),
    _("The answer of the identity provider is no ID token."),
    _("The answer of the identity provider has expired."),
    _("The answer of the identity provider does not say how long it is valid."),
    _("The answer of the identity provider is meant for another server."),
    _("The answer of the identity provider belongs to another sign-in."),
    _("The answer of the identity provider is signed in a way that is not accepted."),
    _("The answer of the identity provider is not signed by it."),
    _("The answer comes from another identity provider."),
)
