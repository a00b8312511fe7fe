"""What AWS or the network answers instead of an answer, in words for people."""

from __future__ import annotations

import pytest
from botocore import exceptions

from account.aws_faults import explain

ROLE = "arn:aws:iam::111111111111:role/slipway-deployer"


def refused(code: str, message: str = "No.", operation: str = "DescribeServices", status: int = 400) -> Exception:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return exceptions.ClientError(response, operation)  # type: ignore[arg-type]


FAULTS = {
    "a missing permission names the action": (
        refused("AccessDeniedException", "User: x is not authorized to perform: ecs:DescribeServices on resource: y"),
        f"{ROLE} may not call ecs:DescribeServices",
        False,
    ),
    "a missing permission without the action names the operation": (
        refused("AccessDenied", "Access Denied"),
        f"{ROLE} may not call DescribeServices",
        False,
    ),
    "a role that cannot be assumed names the role": (
        refused("AccessDenied", "not authorized to perform: sts:AssumeRole", "AssumeRole"),
        f"the role {ROLE} cannot be assumed",
        False,
    ),
    "expired credentials": (refused("ExpiredTokenException"), "does not accept the credentials", False),
    "throttling passes": (refused("ThrottlingException", "Rate exceeded"), "ThrottlingException: Rate exceeded", True),
    "a fault within AWS passes": (refused("Odd", "oops", status=503), "DescribeServices with Odd: oops", True),
    "a client's fault does not pass": (refused("ClientException", "bad"), "with ClientException: bad", False),
    "no route passes": (
        exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:4577/"),
        "http://127.0.0.1:4577/",
        True,
    ),
    "no answer passes": (exceptions.ReadTimeoutError(endpoint_url="http://x"), "AWS cannot be reached", True),
    "no credentials": (exceptions.NoCredentialsError(), "no usable AWS credentials", False),
    "an unknown profile": (exceptions.ProfileNotFound(profile="prd"), "set AWS_PROFILE", False),
    "no region": (exceptions.NoRegionError(), "NoRegionError", False),
}


@pytest.mark.parametrize(("error", "words", "passing"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_line_that_names_the_cause_and_knows_whether_it_passes(
    error: Exception,
    words: str,
    passing: bool,  # noqa: FBT001 - a column of the table
) -> None:
    fault = explain(error, ROLE)
    assert words in str(fault)
    assert "\n" not in str(fault)
    assert not str(fault).endswith(".")
    assert fault.passing is passing


@pytest.mark.parametrize(
    ("endpoint", "starter", "remedy"),
    [
        (None, None, "check the network"),
        (
            "http://127.0.0.1:1",
            None,
            "AWS_ENDPOINT_URL is http://127.0.0.1:1, start what is to answer there, or unset it",
        ),
        ("http://127.0.0.1:1", "it up", "AWS_ENDPOINT_URL is http://127.0.0.1:1, run `it up`"),
    ],
)
def test_an_aws_out_of_reach_names_the_way_to_reach_it(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None, starter: str | None, remedy: str
) -> None:
    for name, value in (("AWS_ENDPOINT_URL", endpoint), ("SLIPWAY_ENDPOINT_STARTED_BY", starter)):
        monkeypatch.delenv(name, raising=False)
        if value:
            monkeypatch.setenv(name, value)
    error = exceptions.EndpointConnectionError(endpoint_url="http://x")
    assert str(explain(error, ROLE)).endswith(remedy)
