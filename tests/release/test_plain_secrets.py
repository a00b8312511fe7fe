"""What looks like a secret in a plain variable, and what does not."""

from __future__ import annotations

import pytest

from release.plain_secrets import leaks, likeness


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DB_PASSWORD",
        "db.password",
        "redis-passwd",
        "SMTP_PWD",
        "GITHUB_TOKEN",
        "CLIENT_SECRET",
        "APP_SECRETS",
        "GOOGLE_CREDENTIALS",
        "STRIPE_API_KEY",
        "STRIPE_APIKEY",
        "JWT_SIGNING_KEY",
        "TLS_PRIVATE_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "ECS_ENGINE_AUTH_DATA",
        "STORAGE_CONNECTION_STRING",
    ],
)
def test_a_variable_that_is_called_like_a_secret_looks_like_one(name: str) -> None:
    assert likeness(name, "x1y2z3")


# In parts, so that no scanner takes them for real ones.
@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("-----BEGIN RSA PRIVATE" + " KEY-----\nMIIE", "a private key"),
        ("AKIA" + "IOSFODNN7EXAMPLE", "an access key of AWS"),
        ("postgres://app:hunter2@db/auth", "a URL with a password"),
        ("eyJhbGciOiJI." + "eyJzdWIiOiIx.abc", "a JSON web token"),
        ("ghp_" + "a" * 36, "a token of GitHub"),
        ("xoxb" + "-1234567890", "a token of Slack"),
        ("sk_" + "live_" + "a" * 24, "a key of Stripe"),
        ("AIza" + "a" * 35, "a key of Google"),
        ("glpat" + "-" + "a" * 20, "a token of GitLab"),
        ("Server=db;Password=hunter2;", "a connection string with a password"),
    ],
)
def test_a_value_that_has_the_form_of_a_secret_looks_like_one_whatever_it_is_called(value: str, what: str) -> None:
    assert likeness("SETTING", value) == what


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODE", "fast"),
        ("LOG_LEVEL", "debug"),
        ("TOKEN_TTL", "3600"),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("SECRET_NAME", "auth/key"),
        ("API_KEY_HEADER", "x-api-key"),
        ("KEYBOARD", "qwertz"),
        ("MONKEY", "bonobo"),
        ("DATABASE_URL", "postgres://db.internal:5432/auth"),
        ("DATABASE_URL", "postgres://app:${DB_PASSWORD}@db/auth"),
        ("CALLBACK", "https://example.com/a:b@c"),
        ("REQUIRE_PASSWORD", "true"),
        ("API_TOKEN", ""),
    ],
)
def test_what_only_speaks_of_secrets_is_none(name: str, value: str) -> None:
    assert likeness(name, value) == ""


def test_what_was_looked_at_and_is_no_secret_is_left_alone() -> None:
    environment = {"PUBLIC_API_KEY": "shown to all", "DB_PASSWORD": "x", "MODE": "fast"}
    assert leaks(environment, ["PUBLIC_API_KEY"]) == {"DB_PASSWORD": "a password by its name"}


def test_no_value_is_told() -> None:
    assert "hunter2" not in str(leaks({"DB_PASSWORD": "hunter2", "URL": "postgres://app:hunter2@db/auth"}))
