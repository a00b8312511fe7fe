"""Calls to AWS through boto3: credentials, clients, retries, waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import Shape

from sandbox.standins.aws.faults import Fault, code_of, words_of
from sandbox.standins.aws.settings import Settings

PROPAGATION_SECONDS: Final = 20.0
"""How long to go on when AWS does not yet know what it was told. The real plugin waits minutes, for a real AWS."""

PARALLEL_CALLS: Final = 32


@dataclass(frozen=True)
class Identity:
    """Who the provider is, by STS."""

    account: str
    arn: str
    user_id: str


@dataclass(frozen=True)
class Retry:
    """An error that goes away by itself: its code, and a part of its message."""

    code: str
    message: str = ""

    def fits(self, error: ClientError) -> bool:
        return code_of(error) == self.code and self.message in str(error)


@dataclass
class Aws:
    """AWS as one provider sees it. Safe to use from many threads."""

    settings: Settings
    cancelled: threading.Event = field(default_factory=threading.Event)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _session: boto3.Session | None = None
    _identity: Identity | None = None

    @property
    def region(self) -> str:
        """The provider's region."""
        found = self.session().region_name
        if not found:
            raise Fault("Missing region: set `aws:region` in the stack's configuration, or AWS_REGION")
        return str(found)

    def session(self) -> boto3.Session:
        """The boto3 session, with the roles of `assumeRoles` taken one after the other."""
        with self._lock:
            if self._session is None:
                self._session = _open(self.settings)
            return self._session

    def client(self, service: str, region: str | None = None) -> Any:  # noqa: ANN401 - boto3 makes its clients' types
        """The client of a service; one for each region."""
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                # Clients are made one at a time: boto3's sessions are not safe for threads.
                self._clients[key] = self.session().client(
                    service,
                    region_name=key[1],
                    endpoint_url=_endpoint(self.settings, service),
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": self.settings.max_attempts},
                        max_pool_connections=PARALLEL_CALLS,
                        s3={"addressing_style": "path"},
                    ),
                )
            return self._clients[key]

    def identity(self) -> Identity:
        """Who we are; STS is asked once."""
        with self._lock:
            if self._identity is None:
                answer = self.call("sts", "GetCallerIdentity", {})
                self._identity = Identity(answer["Account"], answer["Arn"], answer["UserId"])
            return self._identity

    def check_account(self) -> None:
        """Raises Fault in an account that the program does not allow."""
        allowed, forbidden = self.settings.allowed_accounts, self.settings.forbidden_accounts
        if self.settings.skip_account or not (allowed or forbidden):
            return
        try:
            account = self.identity().account
        except (ClientError, BotoCoreError) as error:
            raise Fault(f"unable to validate the AWS credentials: {words_of(error)}") from error
        if (allowed and account not in allowed) or account in forbidden:
            wanted = f"allowed: {', '.join(allowed)}" if allowed else f"forbidden: {', '.join(forbidden)}"
            raise Fault(f"AWS account ID not allowed: {account} ({wanted}). Check the credentials and aws:assumeRoles")

    def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        region: str | None = None,
        retry: tuple[Retry, ...] = (),
    ) -> dict[str, Any]:
        """Call an operation, by its name in AWS's documentation; again while it fails with one of ``retry``."""
        client = self.client(service, region)
        deadline = time.monotonic() + PROPAGATION_SECONDS
        while True:
            try:
                answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
            except ClientError as error:
                error.service = client.meta.service_model.metadata["serviceId"]  # for the error's words
                if not any(known.fits(error) for known in retry) or time.monotonic() > deadline:
                    raise
                self.pause(0.5)
            else:
                return answer

    def input_shape(self, service: str, operation: str) -> Shape:
        """The parameters of an operation, as botocore's service model has them."""
        return self.client(service).meta.service_model.operation_model(operation).input_shape

    def wait(self, reached: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until ``reached``; Fault when it takes longer, or when the engine cancels."""
        deadline, step = time.monotonic() + seconds, 0.1
        while not reached():
            if time.monotonic() > deadline:
                raise Fault(f"timeout while waiting for {what} ({seconds:g} s)")
            self.pause(step)
            step = min(step * 1.5, 2.0)

    def pause(self, seconds: float) -> None:
        """Sleep, unless the engine cancels."""
        if self.cancelled.wait(seconds):
            raise Fault("cancelled")


def _endpoint(settings: Settings, service: str) -> str | None:
    names = {
        "elbv2": ("elbv2", "elb", "alb"),
        "logs": ("logs", "cloudwatchlogs"),
        "application-autoscaling": ("appautoscaling",),
    }
    for name in names.get(service, (service,)):
        if name in settings.endpoints:
            return settings.endpoints[name]
    return None


def _open(settings: Settings) -> boto3.Session:
    try:
        session = boto3.Session(
            botocore_session=_with_files(settings),
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            aws_session_token=settings.token,
            region_name=settings.region,
            profile_name=settings.profile,
        )
        for role in settings.roles:
            session = _with_role(session, role, settings)
    except BotoCoreError as error:
        raise Fault(f"unable to configure the AWS provider: {error}") from error
    return session


def _with_files(settings: Settings) -> botocore.session.Session:
    session = botocore.session.Session(profile=settings.profile)
    for variable, file in (("config_file", settings.config_file), ("credentials_file", settings.credentials_file)):
        if file:
            session.set_config_variable(variable, file)
    return session


def _with_role(session: boto3.Session, role: Mapping[str, Any], settings: Settings) -> boto3.Session:
    inner = session._session  # noqa: SLF001 - boto3 offers no other way to take a role with renewal

    def client(service: str, **options: Any) -> Any:  # noqa: ANN401 - botocore's own signature
        return inner.create_client(
            service,
            endpoint_url=_endpoint(settings, service),
            region_name=session.region_name,
            **{k: v for k, v in options.items() if k != "region_name"},
        )

    extra = {
        "RoleSessionName": role.get("sessionName"),
        "ExternalId": role.get("externalId"),
        "Policy": role.get("policy"),
        "SourceIdentity": role.get("sourceIdentity"),
        "PolicyArns": [{"arn": arn} for arn in role.get("policyArns") or []],
        "Tags": [{"Key": key, "Value": value} for key, value in (role.get("tags") or {}).items()],
        "TransitiveTagKeys": role.get("transitiveTagKeys"),
    }
    fetcher = AssumeRoleCredentialFetcher(
        client,
        inner.get_credentials(),
        role["roleArn"],
        extra_args={key: value for key, value in extra.items() if value},
    )
    taken = _with_files(settings)
    taken._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")  # noqa: SLF001 - as above
    return boto3.Session(botocore_session=taken, region_name=session.region_name)
