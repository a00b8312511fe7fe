"""Why a release does not run: rules from what ECS, the load balancer and the container said to a cause and its remedy.

The wording that the rules look for is AWS's own ("Amazon ECS stopped tasks error messages", "Resolve Amazon ECS
ResourceInitializationError errors", "CannotPullContainer task errors in Amazon ECS", "Amazon ECS service event
messages", "Troubleshoot your target groups"), or was seen in public reports where those pages are silent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from release.evidence import Evidence


class Confidence(StrEnum):
    """How sure a cause is."""

    CERTAIN = "certain"
    """AWS itself names it."""
    LIKELY = "likely"
    """It fits, but something else may show in the same way."""
    NONE = "none"
    """No rule fits; the facts must speak."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why it does not run, and what to do."""

    name: str
    sentence: str
    remedy: str
    confidence: Confidence
    permanent: bool
    """Whether trying again without a change can never help."""
    deterministic: bool = False
    """Whether it befalls each task of the revision in the same way, at its start, and no waiting mends it."""
    mends_within: float = 0.0
    """Seconds in which AWS may still mend it by itself, as a policy that is new takes a while to be known everywhere
    (AWS: "Troubleshoot IAM", changes are not always visible at once: documented; how long they take is assumed)."""


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """A cause by the words that tell of it.

    ``sentence`` and ``remedy`` may use the pattern's groups, ``{service}`` and ``{container}``; what stands in square
    brackets is left out when the group in it is empty.
    """

    name: str
    pattern: str
    sentence: str
    remedy: str
    permanent: bool = True
    confidence: Confidence = Confidence.CERTAIN
    anywhere: bool = False
    """Whether to look at targets and events too, not at the task's words alone."""
    deterministic: bool = False
    mends_within: float = 0.0


_POLICY_SPREADS: Final = 60.0
"""Seconds for a change of roles and policies to be known everywhere in AWS: assumed."""
_FETCHED: Final = r"fetch secret (?P<secret>arn:\S+?)(?: from|:? |$)"
_REACH: Final = (
    "open a way out of the tasks' subnets to it (NAT gateway or VPC endpoints) and port 443 in egress_ports of "
    "{service} in stacks/catalogue.py"
)

RULES: Final = (
    _Rule(
        name="image not found",
        pattern=r"CannotPullContainerError.*?(?:failed to resolve ref (?P<image>\S+): .*not found|manifest unknown|"
        r"not found$)",
        sentence="the image[ {image}] is not in its registry",
        remedy="push it, and see that slipway:services.{service}.version names it",
        deterministic=True,
    ),
    _Rule(
        name="image for another platform",
        pattern=r"does not contain descriptor matching platform '?(?P<platform>[\w/]+)|exec format error",
        sentence="the image holds nothing for the tasks' platform[ {platform}]",
        remedy="build it for that platform (`docker build --platform ...`) under a new version",
        deterministic=True,
    ),
    _Rule(
        name="image may not be pulled",
        pattern=r"CannotPull(?:Container|ECRContainer)Error.*(?:pull access denied|AccessDenied|not authorized to "
        r"perform:? (?P<action>ecr:\w+)|denied:|403 Forbidden)",
        sentence="the execution role of {service} may not pull the image[ ({action})]",
        remedy="let `pulumi up` restore the role's policy pull-images, and look at the repository's policy",
        deterministic=True,
        mends_within=_POLICY_SPREADS,
    ),
    _Rule(
        name="registry out of reach",
        pattern=r"(?:unable to (?:retrieve|get) (?:ecr )?registry auth|CannotPullContainerError|api\.ecr)"
        r".*(?:i/o timeout|context deadline exceeded|request canceled|connection refused|no such host|RequestError)",
        sentence="the tasks cannot reach the image registry",
        remedy=_REACH,
    ),
    _Rule(
        name="registry throttles",
        pattern=r"toomanyrequests|429 Too Many Requests|pull rate limit",
        sentence="the registry refuses more pulls for now",
        remedy="wait and run `pulumi up` again, or pull through a registry of your own",
        permanent=False,
    ),
    _Rule(
        name="log group missing",
        pattern=r"failed to create Cloudwatch log stream.*ResourceNotFoundException",
        sentence="the log group of {service} does not exist",
        remedy="let `pulumi up --refresh` make it again",
        deterministic=True,
        mends_within=_POLICY_SPREADS,
    ),
    _Rule(
        name="logs may not be written",
        pattern=r"failed to create Cloudwatch log stream.*AccessDenied",
        sentence="the execution role of {service} may not write to its log group",
        remedy="let `pulumi up --refresh` restore the role's policy write-logs",
        deterministic=True,
        mends_within=_POLICY_SPREADS,
    ),
    _Rule(
        name="secret's key denied",
        pattern=rf"{_FETCHED}.*(?:Access to KMS is not allowed|kms:Decrypt)",
        sentence="the execution role of {service} may not use the KMS key of a secret[: {secret}]",
        remedy="allow it kms:Decrypt on that key, in the key's policy too",
        deterministic=True,
        mends_within=_POLICY_SPREADS,
    ),
    _Rule(
        name="secret may not be read",
        pattern=rf"(?:{_FETCHED}.*)?(?:AccessDenied\w*|not authorized to perform:? (?:secretsmanager|ssm):)",
        sentence="the execution role of {service} may not read a secret[: {secret}]",
        remedy="declare it under secrets of {service} in stacks/catalogue.py, and look at the secret's own policy",
        deterministic=True,
        mends_within=_POLICY_SPREADS,
    ),
    _Rule(
        name="secret missing",
        pattern=rf"(?:{_FETCHED}.*)?(?:ResourceNotFoundException: Secrets Manager can.?t find|"
        r"marked for deletion|[Ii]nvalid ssm parameters|InvalidParameters)",
        sentence="a secret does not exist[: {secret}]",
        remedy="create it in this account, or correct its name under secrets of {service} in stacks/catalogue.py",
        deterministic=True,
    ),
    _Rule(
        name="key missing in secret",
        pattern=r"retrieved secret from Secrets Manager did not contain json key (?P<key>\S+)",
        sentence="the secret holds no key {key}",
        remedy="add the key to the secret, or correct json_key of {service} in stacks/catalogue.py",
        deterministic=True,
    ),
    _Rule(
        name="secrets out of reach",
        pattern=r"unable to retrieve secrets? from (?:asm|ssm).*(?:deadline exceeded|RequestCanceled|RequestError)",
        sentence="the tasks cannot reach Secrets Manager",
        remedy=_REACH,
    ),
    _Rule(
        name="role cannot be assumed",
        pattern=r"ECS was unable to assume the role '(?P<role>\S+)'",
        sentence="ECS may not assume the role {role}",
        remedy="let `pulumi up --refresh` restore the role and its trust in ecs-tasks.amazonaws.com",
        deterministic=True,
        mends_within=_POLICY_SPREADS,
    ),
    _Rule(
        name="no free addresses",
        pattern=r"InsufficientFreeAddressesInSubnet|(?:insufficient|not enough) (?:free|private IP) addresses",
        sentence="the tasks' subnets have no free addresses",
        remedy="free some, or give the environment larger subnets (slipway:network.cidr)",
        permanent=False,
        anywhere=True,
    ),
    _Rule(
        name="no capacity",
        pattern=r"Capacity is unavailable at this time|FARGATE_SPOT.*(?:unavailable|interrupt)|SpotInterruption",
        sentence="Fargate has no capacity in these zones now",
        remedy="run `pulumi up` again later, or spread over more zones (slipway:network.zones)",
        permanent=False,
        anywhere=True,
    ),
    _Rule(
        name="quota reached",
        pattern=r"reached the limit on the number of (?P<what>tasks|vCPUs)",
        sentence="the account's quota of {what} on Fargate is used up",
        remedy="stop what is not needed, or ask for a higher quota in Service Quotas",
        permanent=False,
        anywhere=True,
    ),
    _Rule(
        name="out of memory",
        pattern=r"OutOfMemoryError|[Cc]ontainer killed due to memory usage",
        sentence="container {container} needed more memory than it has",
        remedy="raise slipway:services.{service}.memory, or release a version that needs less",
    ),
    _Rule(
        name="disk full",
        pattern=r"no space left on device",
        sentence="the tasks' disk is full",
        remedy="make the image smaller or give the tasks more ephemeral storage",
    ),
    _Rule(
        name="command not found",
        pattern=r"CannotStartContainerError.*(?:executable file not found|no such file or directory)",
        sentence="the image does not hold the command it is to run",
        remedy="mend ENTRYPOINT and CMD of the image under a new version",
        deterministic=True,
    ),
    _Rule(
        name="user missing in image",
        pattern=r"CannotStartContainerError.*unable to find user",
        sentence="the image does not know the user it is to run as",
        remedy="set `user` of {service} in stacks/catalogue.py to a number, or add the user to the image",
        deterministic=True,
    ),
    _Rule(
        name="health check answers with another code",
        pattern=r"Health checks failed with these codes: \[(?P<codes>[\d, ]+)\]|"
        r"Target\.ResponseCodeMismatch(?!.*codes:)",
        sentence="the health check got the wrong answer[: HTTP {codes}]",
        remedy="mend what answers there, or set path of health_check of {service} in stacks/catalogue.py",
        anywhere=True,
    ),
    _Rule(
        name="health check times out",
        pattern=r"Target\.Timeout|[Rr]equest timed out",
        sentence="the health check got no answer in time",
        remedy="see that the container listens on 0.0.0.0 at its port, or raise timeout of health_check of {service} "
        "in stacks/catalogue.py",
        anywhere=True,
        confidence=Confidence.LIKELY,
    ),
    _Rule(
        name="container health check fails",
        pattern=r"[Tt]ask failed container health checks",
        sentence="the health check inside the container fails",
        remedy="run its command in the image by hand, and mend one of the two",
        confidence=Confidence.LIKELY,
    ),
    _Rule(
        name="health check fails",
        pattern=r"Task failed ELB health checks|Target\.FailedHealthChecks|Health checks failed",
        sentence="the load balancer's health check fails",
        remedy="if it needs longer to start, raise grace_period of health_check of {service} in stacks/catalogue.py; "
        "else see that it listens on 0.0.0.0 at its port (slipway:services.{service}.port)",
        anywhere=True,
        confidence=Confidence.LIKELY,
    ),
)
"""The first that fits decides, so the more special ones stand first."""


def diagnose(evidence: Evidence) -> Cause:
    """The most probable cause. Where no rule fits, it says so and shows the facts."""
    if evidence.stopped_by:
        return Cause(
            name="stopped by a person",
            sentence=f"{evidence.stopped_by} stopped the deployment",
            remedy="ask why, then run `slipway retry`",
            confidence=Confidence.CERTAIN,
            permanent=False,
        )
    found = next((cause for rule in RULES if (cause := _apply(rule, evidence))), None)
    return found or _exit(evidence) or _alarm(evidence) or _unknown(evidence)


def _apply(rule: _Rule, evidence: Evidence) -> Cause | None:
    text = evidence.words
    if rule.anywhere:
        text = f"{text} {evidence.target_reason} {evidence.service_event}"
    match = re.search(rule.pattern, text)
    if match is None:
        return None
    values = {"service": evidence.service, "container": evidence.container, **match.groupdict("")}
    return Cause(
        name=rule.name,
        sentence=_fill(rule.sentence, values) + (_where(evidence) if rule.name.startswith("health check") else ""),
        remedy=_fill(rule.remedy, values),
        confidence=rule.confidence,
        permanent=rule.permanent,
        deterministic=rule.deterministic,
        mends_within=rule.mends_within,
    )


def _fill(template: str, values: dict[str, str]) -> str:
    optional = r"\[([^\[\]]*\{(\w+)\}[^\[\]]*)\]"
    return re.sub(optional, lambda found: found[1] if values[found[2]] else "", template).format(**values)


def _where(evidence: Evidence) -> str:
    check = evidence.check
    if check is None:
        return ""
    return (
        f" at {check.path} on port {check.port} (timeout {check.timeout:g} s, {check.unhealthy_threshold} times every "
        f"{check.interval:g} s, grace {check.grace_period:g} s)"
    )


_SIGNALS: Final = {
    134: "it aborted (SIGABRT)",
    137: "it was killed (SIGKILL: out of memory, or longer than its stop timeout)",
    139: "it crashed (SIGSEGV)",
    143: "it was asked to end (SIGTERM)",
}
"""Exit codes above 128 are 128 + the signal that ended the process."""
_ASKED_TO_END: Final = frozenset({137, 143})
"""Somebody else ended the process, so the next one may live."""
START: Final = 30.0
"""Seconds of running within which an exit counts as a crash at start: assumed."""
_ONE_MORE_TRY: Final = 15.0
"""Seconds after which a crash is that of a task in the place of the first, not of its twin: assumed."""
_NOT_STARTED: Final = {126: "its command may not be executed", 127: "its command is not there"}


def _exit(evidence: Evidence) -> Cause | None:
    """What an exit code says. AWS: "View Amazon ECS stopped task errors", exit codes."""
    code = evidence.exit_code
    if code is None or "Essential container in task exited" not in evidence.stopped_reason:
        return None
    meaning = _SIGNALS.get(code) or _NOT_STARTED.get(code) or ("it ended as if done" if code == 0 else "")
    after = "" if evidence.ran_for is None else f" after {evidence.ran_for:g} s"
    last = f"; its last words: {evidence.log[-1]}" if evidence.log else "; it logged nothing"
    return Cause(
        name="container exits",
        sentence=f"container {evidence.container} exited with code {code}{after}"
        f"{f': {meaning}' if meaning else ''}{last}",
        remedy="mend it under a new version",
        confidence=Confidence.CERTAIN,
        permanent=code in _NOT_STARTED,
        deterministic=code not in _ASKED_TO_END and evidence.ran_for is not None and evidence.ran_for <= START,
        mends_within=_ONE_MORE_TRY,
    )


def _alarm(evidence: Evidence) -> Cause | None:
    if not evidence.alarms:
        return None
    told = "; ".join(f"{alarm.name}{f' ({alarm.reason})' if alarm.reason else ''}" for alarm in evidence.alarms)
    return Cause(
        name="alarm",
        sentence=f"alarm{'s' if len(evidence.alarms) > 1 else ''} {told}",
        remedy="look at what the alarm measures, and release a fixed version",
        confidence=Confidence.CERTAIN,
        permanent=False,
    )


def _unknown(evidence: Evidence) -> Cause:
    facts = [evidence.words, evidence.target_reason, evidence.service_event, *evidence.log[-1:]]
    shown = "; ".join(dict.fromkeys(fact for fact in facts if fact))
    return Cause(
        name="unknown",
        sentence=f"no known cause fits: {shown}" if shown else "no cause is known: AWS gave no reason",
        remedy="look at the service's events and the tasks' logs",
        confidence=Confidence.NONE,
        permanent=False,
    )
