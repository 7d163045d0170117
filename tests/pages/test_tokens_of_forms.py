"""The token of a page's forms is Django's: another each time, and Django finds the cookie's secret in it."""

from typing import Any

import pytest
from django.middleware import csrf as djangos
from django.test import RequestFactory

from axme_site import tokens

csrf: Any = djangos
"""Also what it does not name for others."""
SECRETS = ["a" * 32, csrf.CSRF_ALLOWED_CHARS[-32:], "Zz09" * 8]


def test_django_finds_the_secret_in_each_token() -> None:
    for secret in SECRETS:
        made = {tokens.masked(secret) for _ in range(200)}
        assert len(made) == 200
        assert {csrf._unmask_cipher_token(one) for one in made} == {secret}
        assert all(len(one) == csrf.CSRF_TOKEN_LENGTH for one in made)


def test_a_mask_has_each_letter_as_often_as_any_other() -> None:
    assert sorted(set(tokens._DRAWN)) == sorted(csrf.CSRF_ALLOWED_CHARS.encode())
    kept = bytes(range(256)).translate(tokens._DRAWN, tokens._UNEVEN)
    assert {kept.count(letter) for letter in tokens._LETTERS} == {4}
    assert len(kept) == 4 * 62


def test_a_mask_is_drawn_until_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    few = iter([bytes([255]) * 60 + bytes(4)] * 8)
    monkeypatch.setattr(tokens, "token_bytes", lambda _number: next(few))
    assert tokens._mask() == b"a" * csrf.CSRF_SECRET_LENGTH


def test_a_token_renews_the_cookie_and_makes_one_where_there_is_none() -> None:
    request = RequestFactory().get("/")
    made = tokens.token(request)
    secret = request.META["CSRF_COOKIE"]
    assert csrf._unmask_cipher_token(made) == secret
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
    again = tokens.token(request)
    assert again != made
    assert csrf._does_token_match(again, secret)
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"] is True
