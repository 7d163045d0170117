"""Tokens are kept as hashes; what must be read back is encrypted, and keys can be changed."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings

from intents.accounts.models import AgentKey, PersonToken
from intents.kernel import secrets
from tests.callers import KeyCaller, PersonCaller

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_token_is_random_and_long_enough() -> None:
    made = {secrets.new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(int(token, 16).bit_length() <= 192 and len(token) * 4 >= 160 for token in made)


def test_a_sealed_value_opens_again_and_shows_nothing(settings: LazySettings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = secrets.encrypt("whsec_ä")
    assert secrets.decrypt(sealed) == "whsec_ä"
    assert b"whsec" not in sealed
    assert secrets.encrypt("whsec_ä") != sealed


def test_a_rotated_value_opens_without_the_old_key(settings: LazySettings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = secrets.encrypt("seed")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert secrets.decrypt(sealed) == "seed"
    rotated = secrets.rotate(sealed)
    settings.ENCRYPTION_KEYS = [NEW]
    assert secrets.decrypt(rotated) == "seed"
    with pytest.raises(ValueError, match="ENCRYPTION_KEYS"):
        secrets.decrypt(sealed)


def test_a_value_that_was_changed_does_not_open(settings: LazySettings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = bytearray(secrets.encrypt("seed"))
    sealed[20] ^= 1
    with pytest.raises(ValueError, match="ENCRYPTION_KEYS"):
        secrets.decrypt(bytes(sealed))


def test_no_table_holds_a_key_or_token_in_clear(machine: KeyCaller, alice: PersonCaller) -> None:
    def text(row: Any) -> str:
        return repr({field.name: getattr(row, field.attname) for field in row._meta.concrete_fields})

    secret_of = {AgentKey: machine.secret, PersonToken: alice.secret}
    for model, secret in secret_of.items():
        (row,) = model.objects.all()
        assert secret.rpartition("_")[2] not in text(row)
        assert bytes(row.fingerprint) == secrets.fingerprint(secret)
