"""What ECS, load balancer and container say, and the cause that is read from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from release.cause import RULES, Cause, Confidence, diagnose
from release.evidence import Alarm, Check, Evidence

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
INIT = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
ASM = (
    f"{INIT}unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret "
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf from secrets manager: "
)
LOGGER = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
    "failed to create Cloudwatch log stream: "
)
CHECK = Check(path="/health", port=8080, interval=10, timeout=5, unhealthy_threshold=3, grace_period=30)
WHERE = " at /health on port 8080 (timeout 5 s, 3 times every 10 s, grace 30 s)"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"


def evidence(**known: object) -> Evidence:
    return replace(Evidence(service="auth-service", version="1.2.0", container="app", check=CHECK), **known)  # type: ignore[arg-type]


TOLD = [
    (
        "image not found",
        (
            f"CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve "
            f"ref {ECR}/auth-service:9.9.9: {ECR}/auth-service:9.9.9: not found"
        ),
        f"the image {ECR}/auth-service:9.9.9 is not in its registry",
    ),
    (
        "image for another platform",
        (
            "CannotPullContainerError: pull image manifest has been retried 7 time(s): image "
            "Manifest does not contain descriptor matching platform 'linux/amd64'"
        ),
        "the image holds nothing for the tasks' platform linux/amd64",
    ),
    ("image for another platform", "exec /app: exec format error", "the image holds nothing for the tasks' platform"),
    (
        "image may not be pulled",
        (
            "CannotPullContainerError: AccessDeniedException: User: x is not authorized to perform: "
            "ecr:BatchGetImage on resource: y"
        ),
        "the execution role of auth-service may not pull the image (ecr:BatchGetImage)",
    ),
    (
        "registry out of reach",
        (
            f"CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to "
            f"resolve ref {ECR}/auth-service:1.2.0: failed to do request: Head: dial tcp 10.0.3.17:443: i/o timeout"
        ),
        "the tasks cannot reach the image registry",
    ),
    (
        "registry out of reach",
        (
            f"{INIT}unable to retrieve ecr registry auth: service call has been retried 5 time(s): "
            "RequestError: send request failed"
        ),
        "the tasks cannot reach the image registry",
    ),
    (
        "registry throttles",
        "CannotPullContainerError: toomanyrequests: You have reached your pull rate limit",
        "the registry refuses more pulls for now",
    ),
    (
        "secret's key denied",
        f"{ASM}AccessDeniedException: Access to KMS is not allowed status code: 400",
        f"the execution role of auth-service may not use the KMS key of a secret: {SECRET}",
    ),
    (
        "secret may not be read",
        (f"{ASM}AccessDeniedException: User: x is not authorized to perform: secretsmanager:GetSecretValue"),
        f"the execution role of auth-service may not read a secret: {SECRET}",
    ),
    (
        "secret may not be read",
        (
            f"{INIT}unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
            "AccessDeniedException: User: x"
        ),
        "the execution role of auth-service may not read a secret",
    ),
    (
        "secret missing",
        f"{ASM}ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        f"a secret does not exist: {SECRET}",
    ),
    (
        "key missing in secret",
        f"{INIT}retrieved secret from Secrets Manager did not contain json key password",
        "the secret holds no key password",
    ),
    (
        "secrets out of reach",
        (
            f"{INIT}unable to retrieve secrets from ssm: service call has been retried 5 time(s): "
            "RequestCanceled: request context canceled caused by: context deadline exceeded"
        ),
        "the tasks cannot reach Secrets Manager",
    ),
    (
        "log group missing",
        f"{LOGGER}ResourceNotFoundException: The specified log group does not exist.",
        "the log group of auth-service does not exist",
    ),
    (
        "logs may not be written",
        f"{LOGGER}AccessDeniedException: User: x",
        "the execution role of auth-service may not write to its log group",
    ),
    (
        "role cannot be assumed",
        ("ECS was unable to assume the role 'arn:aws:iam::123456789012:role/task' that was provided for this task."),
        "ECS may not assume the role arn:aws:iam::123456789012:role/task",
    ),
    (
        "no free addresses",
        ("Unexpected EC2 error while attempting to Create Network Interface: InsufficientFreeAddressesInSubnet"),
        "the tasks' subnets have no free addresses",
    ),
    (
        "no capacity",
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        "Fargate has no capacity in these zones now",
    ),
    (
        "quota reached",
        "You've reached the limit on the number of vCPUs you can run concurrently",
        "the account's quota of vCPUs on Fargate is used up",
    ),
    (
        "out of memory",
        "OutOfMemoryError: Container killed due to memory usage",
        "container app needed more memory than it has",
    ),
    (
        "disk full",
        "CannotPullContainerError: failed to extract layer: write /x: no space left on device",
        "the tasks' disk is full",
    ),
    (
        "command not found",
        'CannotStartContainerError: exec: "/app": executable file not found in $PATH',
        "the image does not hold the command it is to run",
    ),
    (
        "user missing in image",
        "CannotStartContainerError: unable to find user app: no matching entries in passwd file",
        "the image does not know the user it is to run as",
    ),
    (
        "health check answers with another code",
        "Health checks failed with these codes: [503]",
        f"the health check got the wrong answer: HTTP 503{WHERE}",
    ),
    ("health check times out", "Request timed out", f"the health check got no answer in time{WHERE}"),
    (
        "container health check fails",
        "Task failed container health checks",
        "the health check inside the container fails",
    ),
    (
        "health check fails",
        "Task failed ELB health checks in (target-group arn)",
        f"the load balancer's health check fails{WHERE}",
    ),
]


@pytest.mark.parametrize(("name", "reason", "sentence"), TOLD, ids=[f"{row[0]} {i}" for i, row in enumerate(TOLD)])
def test_a_reason_that_aws_gives_names_its_cause(name: str, reason: str, sentence: str) -> None:
    cause = diagnose(evidence(stopped_reason=reason))
    assert (cause.name, cause.sentence) == (name, sentence)
    assert cause.remedy
    assert "[" not in cause.remedy
    assert "{" not in cause.remedy


def test_every_rule_has_a_reason_that_leads_to_it() -> None:
    assert {rule.name for rule in RULES} == {name for name, _, _ in TOLD}


@pytest.mark.parametrize(
    "reason",
    [
        "Capacity is unavailable at this time.",
        "toomanyrequests",
        ("You've reached the limit on the number of tasks"),
        "InsufficientFreeAddressesInSubnet",
    ],
)
def test_what_may_heal_by_itself_is_not_permanent(reason: str) -> None:
    assert not diagnose(evidence(stopped_reason=reason)).permanent


def test_a_service_event_names_a_shortage_where_no_task_ever_stopped() -> None:
    event = "(service auth-service) was unable to place a task. Reason: You've reached the limit on the number of tasks"
    assert diagnose(evidence(service_event=event)).name == "quota reached"


def test_what_a_target_says_is_more_telling_than_that_its_checks_failed() -> None:
    told = "Target.ResponseCodeMismatch: Health checks failed with these codes: [404]"
    cause = diagnose(evidence(stopped_reason="Task failed ELB health checks in (target-group x)", target_reason=told))
    assert cause.sentence.startswith("the health check got the wrong answer: HTTP 404 at /health on port 8080")


def exited(code: int, **known: object) -> Cause:
    return diagnose(evidence(stopped_reason="Essential container in task exited", exit_code=code, **known))


def test_an_exit_is_told_with_its_code_its_time_and_its_last_words() -> None:
    cause = exited(3, ran_for=4.0, log=("starting", "no DATABASE_URL"))
    assert cause.sentence == "container app exited with code 3 after 4 s; its last words: no DATABASE_URL"
    assert cause.confidence is Confidence.CERTAIN


@pytest.mark.parametrize(("code", "words"), [(0, "as if done"), (127, "not there"), (137, "SIGKILL"), (139, "SIGSEGV")])
def test_an_exit_code_is_put_in_words(code: int, words: str) -> None:
    assert words in exited(code).sentence


def test_an_alarm_is_told_with_its_numbers() -> None:
    cause = diagnose(evidence(alarms=(Alarm(name="auth-5xx", reason="1 datapoint [12.0] was greater than 5.0"),)))
    assert cause.sentence == "alarm auth-5xx (1 datapoint [12.0] was greater than 5.0)"


def test_a_person_who_stopped_it_is_named_before_all_else() -> None:
    cause = diagnose(evidence(stopped_by="arn:aws:iam::123456789012:user/ada", stopped_reason="OutOfMemoryError"))
    assert cause.sentence == "arn:aws:iam::123456789012:user/ada stopped the deployment"


def test_where_no_rule_fits_it_says_so_and_shows_the_facts() -> None:
    cause = diagnose(evidence(stopped_reason="Something new", log=("hello",)))
    assert cause.sentence == "no known cause fits: Something new; hello"
    assert cause.confidence is Confidence.NONE
    assert diagnose(evidence()).sentence == "no cause is known: AWS gave no reason"
