"""Secrets in other people's text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.redaction import MASK, redact

CANARY = "c4n4ry-s3cr3t"

LEAKS = {
    "assignment": f"password={CANARY}",
    "yaml": f"DB_PASSWORD: {CANARY}",
    "json": f'{{"api_key": "{CANARY}", "user": "ada"}}',
    "quoted with spaces": f"secret='{CANARY} and more'",
    "token in a query": f"GET /login?token={CANARY}&user=ada",
    "url": f"postgres://ada:{CANARY}@db:5432/auth",
    "bearer": f"Authorization: Bearer {CANARY}",
    "environment": f"AWS_SECRET_ACCESS_KEY={CANARY}",
    "private key": f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",
    "cut private key": f"-----BEGIN PRIVATE KEY-----\n{CANARY}",
    "json web token": f"eyJhbGciOiJIUzI1NiJ9.{CANARY.replace('-', '')}.abc",
}


@pytest.mark.parametrize("text", LEAKS.values(), ids=LEAKS)
def test_a_secret_in_a_common_form_is_masked(text: str) -> None:
    assert CANARY not in redact(text)
    assert CANARY.replace("-", "") not in redact(text)
    assert MASK in redact(text)


def test_an_access_key_is_masked() -> None:
    assert redact("key AKIAIOSFODNN7EXAMPLE denied") == f"key {MASK} denied"


@pytest.mark.parametrize(
    "text",
    [
        "listening on 0.0.0.0:8080",
        "GET /health 200 in 3 ms",
        "fatal: cannot connect to http://db:5432/auth",
        "exited with code 1",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


def test_what_stands_beside_a_secret_stays_readable() -> None:
    assert redact("user=ada password=x host=db") == f"user=ada password={MASK} host=db"


@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)
