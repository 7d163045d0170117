"""What a browser needs to be told by Web Push."""

from django import template

from inbox.notifications.channels import push

register = template.Library()


@register.simple_tag
def push_key() -> str:
    """The server's public key, base64url."""
    return push.public_key()
