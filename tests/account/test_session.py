"""The way into an account, against an STS that this test serves."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from account.aws_faults import AwsFault
from account.session import AwsPlace, Patience, open_session

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE = "arn:aws:iam::111111111111:role/teams/slipway-deployer"
SESSION = "arn:aws:sts::111111111111:assumed-role/slipway-deployer/somebody"
PERSON = "arn:aws:iam::999999999999:user/engineer"
PLACE = AwsPlace(account="111111111111", region="eu-west-1", role_arn=ROLE)
NEVER = "2999-01-01T00:00:00Z"
BRIEF = Patience(connect=1, read=2, attempts=1)


class Sts:
    """Knows who each access key is; the key `role` belongs to the role's session."""

    def __init__(self, ambient: str, *, may_assume: bool = True, first_expires: str = NEVER) -> None:
        self.arns = {"ambient": ambient, "role": SESSION}
        self.may_assume = may_assume
        self.expiries = [first_expires, NEVER]
        self.assumed: list[str] = []

    def answer(self, key: str, form: dict[str, list[str]]) -> tuple[int, str]:
        if form["Action"] == ["GetCallerIdentity"]:
            arn = self.arns[key]
            result = f"<Arn>{arn}</Arn><UserId>x</UserId><Account>{arn.split(':')[4]}</Account>"
            return 200, wrap("GetCallerIdentity", result)
        if not self.may_assume:
            error = "<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no sts:AssumeRole</Message></Error>"
            return 403, f"<ErrorResponse>{error}</ErrorResponse>"
        self.assumed += form["RoleArn"]
        expires = self.expiries[0] if len(self.assumed) == 1 else self.expiries[1]
        keys = "<AccessKeyId>role</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
        return 200, wrap("AssumeRole", f"<Credentials>{keys}<Expiration>{expires}</Expiration></Credentials>")


def wrap(action: str, result: str) -> str:
    return f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"


@contextmanager
def served(sts: Sts) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            key = self.headers["Authorization"].partition("Credential=")[2].partition("/")[0]
            status, body = sts.answer(key, form)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def ambient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ambient")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")


def opened(sts: Sts, monkeypatch: pytest.MonkeyPatch, place: AwsPlace = PLACE) -> dict[str, str]:
    with served(sts) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        return open_session(place, BRIEF).call("sts", "get_caller_identity")


def test_a_person_of_another_account_takes_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    sts = Sts(PERSON)
    assert opened(sts, monkeypatch)["Arn"] == SESSION
    assert sts.assumed == [ROLE]


def test_credentials_that_are_the_role_already_are_used_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    sts = Sts(SESSION, may_assume=False)
    assert opened(sts, monkeypatch)["Arn"] == SESSION


def test_without_a_role_the_credentials_are_used_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    sts = Sts("arn:aws:iam::111111111111:user/ci", may_assume=False)
    place = AwsPlace(account="111111111111", region="eu-west-1")
    assert opened(sts, monkeypatch, place)["Account"] == "111111111111"


def test_a_wrong_account_is_an_error_that_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    place = AwsPlace(account="333333333333", region="eu-west-1", role_arn=ROLE)
    with pytest.raises(AwsFault, match="lead to AWS account 111111111111, but this stack belongs to 333333333333"):
        opened(Sts(PERSON), monkeypatch, place)


def test_a_role_that_may_not_be_taken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AwsFault, match=f"the role {ROLE} cannot be assumed"):
        opened(Sts(PERSON, may_assume=False), monkeypatch)


def test_expired_credentials_of_the_role_are_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    sts = Sts(PERSON, first_expires="2001-01-01T00:00:00Z")
    assert opened(sts, monkeypatch)["Arn"] == SESSION
    assert sts.assumed == [ROLE, ROLE]


def test_an_address_where_nothing_listens_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(AwsFault, match=r"AWS cannot be reached .*127\.0\.0\.1:9.*AWS_ENDPOINT_URL"):
        open_session(PLACE, BRIEF)


def test_missing_credentials_are_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(AwsFault, match="no usable AWS credentials"):
        open_session(PLACE, BRIEF)


def test_an_unknown_profile_is_named_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "prd")
    with pytest.raises(AwsFault, match=r"prd.*set AWS_PROFILE"):
        open_session(PLACE, BRIEF)


def test_an_endpoint_that_is_no_address_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(AwsFault, match=r"nonsense.*correct AWS_ENDPOINT_URL"):
        open_session(PLACE, BRIEF)
