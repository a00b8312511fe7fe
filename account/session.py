"""The way into an AWS account: a role assumed from the ambient credentials, in one region, the account made sure of.

Shared by the provider and the command line. boto3 is imported when a session is opened, for its import takes long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from account.aws_faults import AwsFault, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3
    from botocore.config import Config

T = TypeVar("T")

SESSION_NAME: Final = "slipway"
"""The name under which the role's sessions stand in CloudTrail."""


@dataclass(frozen=True, kw_only=True)
class AwsPlace:
    """Where to look: an account, a region, and the role to take there. An empty role: the credentials as they are."""

    account: str
    region: str
    role_arn: str = ""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long one call may take, in seconds, and how often it is tried."""

    connect: float
    read: float
    attempts: int

    def config(self) -> Config:
        """As botocore wants it. Its standard mode waits longer after each try, and knows what is worth another."""
        from botocore.config import Config  # noqa: PLC0415 - see the module's docstring

        retries = {"mode": "standard", "total_max_attempts": self.attempts}
        return Config(connect_timeout=self.connect, read_timeout=self.read, retries=retries)


QUICK: Final = Patience(connect=2, read=10, attempts=2)
"""For a look during which a person waits: a preview, `slipway status`."""
STEADY: Final = Patience(connect=5, read=30, attempts=8)
"""For following a release: throttling and short faults of the network pass."""


@dataclass(frozen=True)
class AwsSession:
    """Clients for one place. Make one where it is needed; credentials are renewed by themselves."""

    place: AwsPlace
    _session: boto3.Session
    _config: Config
    caller: str = ""
    """ARN of whoever came here, from before the role was taken: under the role all are alike."""
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time and have no types
        """The boto3 client for the service, in the place's region; made once."""
        if service not in self._clients:
            self._clients[service] = self._session.client(service, config=self._config)
        return self._clients[service]

    def call(self, service: str, operation: str, /, **params: object) -> dict[str, Any]:
        """One AWS call by its method name, `call("ecs", "describe_services", ...)`; a failure raises `AwsFault`."""
        answer: dict[str, Any] = attempt(
            lambda: getattr(self.client(service), operation)(**params), self.place.role_arn
        )
        return answer


def attempt(call: Callable[[], T], role_arn: str = "") -> T:
    """Does the call; what AWS or the network answers instead becomes an `AwsFault` in words for people."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see the module's docstring

    try:
        return call()
    except ValueError as error:
        if not str(error).startswith("Invalid endpoint"):  # botocore has no exception of its own for it
            raise
        raise AwsFault(f"{error}: correct AWS_ENDPOINT_URL, it must be like https://host:port") from error
    except (BotoCoreError, ClientError) as error:
        raise explain(error, role_arn) from error


def open_session(place: AwsPlace, patience: Patience = STEADY) -> AwsSession:
    """Takes the role and makes sure of the account. Raises `AwsFault` when either cannot be had.

    Credentials that already are a session of that role are used as they are: in AWS a role may not assume itself
    unless its trust policy says so.
    """
    import boto3  # noqa: PLC0415 - see the module's docstring

    config = patience.config()
    session = attempt(lambda: boto3.Session(region_name=place.region))
    sts = attempt(lambda: session.client("sts", config=config))
    caller = attempt(sts.get_caller_identity)
    person = caller["Arn"]
    if place.role_arn and not _is_session_of(caller["Arn"], place.role_arn):
        session = _assume(session, place, config)
        sts = session.client("sts", config=config)
        caller = attempt(sts.get_caller_identity, place.role_arn)
    if caller["Account"] != place.account:
        raise AwsFault(
            f"the credentials lead to AWS account {caller['Account']}, but this stack belongs to {place.account}: "
            "nothing was changed. Use the credentials of that account, or correct slipway:aws in the stack file"
        )
    return AwsSession(place, session, config, person)


def _is_session_of(caller_arn: str, role_arn: str) -> bool:
    """Whether `arn:aws:sts::1:assumed-role/NAME/session` is a session of `arn:aws:iam::1:role/path/NAME`."""
    caller, role = caller_arn.split(":"), role_arn.split(":")
    kind, _, name = caller[5].partition("/")
    return kind == "assumed-role" and caller[4] == role[4] and name.split("/")[0] == role[5].rsplit("/", 1)[-1]


def _assume(session: boto3.Session, place: AwsPlace, config: Config) -> boto3.Session:
    """A session of the role. Its credentials renew themselves: a release may outlast the hour that AWS grants."""
    import boto3  # noqa: PLC0415 - see the module's docstring
    import botocore.session  # noqa: PLC0415
    from botocore.credentials import RefreshableCredentials  # noqa: PLC0415

    sts = session.client("sts", config=config)

    def fetch() -> dict[str, str]:
        answer = attempt(lambda: sts.assume_role(RoleArn=place.role_arn, RoleSessionName=SESSION_NAME), place.role_arn)[
            "Credentials"
        ]
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": answer["Expiration"].isoformat(),
        }

    core = botocore.session.Session()
    core.set_config_variable("region", place.region)
    credentials = RefreshableCredentials.create_from_metadata(fetch(), fetch, "assume-role")
    core._credentials = credentials  # noqa: SLF001 - botocore has no other door
    return boto3.Session(botocore_session=core)
