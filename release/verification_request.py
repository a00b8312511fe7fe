"""What is to be verified of a service after a release, as plain values that travel as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from pydantic import AwareDatetime, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel

from release.verification import Bounds

CALLS_IT: Final = "calls it"
IS_CALLED: Final = "is called by it"

_JSON: Final = ConfigDict(extra="forbid", alias_generator=to_camel, validate_by_name=True)


@dataclass(frozen=True, kw_only=True)
class SmokeCheck:
    """A request that the service must answer as expected."""

    __pydantic_config__: ClassVar = _JSON

    path: str
    """With its query, if any: `/health?deep=1`."""
    status: int = 200
    contains: str = ""
    """A text that must stand in the answer's body."""
    timeout: float = 5
    """Seconds for one answer."""
    tries: int = 3
    """How often it is asked until the answer is right."""


@dataclass(frozen=True, kw_only=True)
class Verification:
    """How a service is verified after each release: a part of its entry in the catalogue."""

    bounds: Bounds = field(default_factory=Bounds)
    watch: int = 180
    """Seconds that are measured after the release, of which whole minutes count."""
    baseline: int = 900
    """Seconds that are measured before it."""
    smoke: tuple[SmokeCheck, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Other:
    """A service that calls the released one, or that it calls. It runs in the same cluster."""

    __pydantic_config__: ClassVar = _JSON

    service: str
    """Name of the ECS service."""
    relation: str
    """`CALLS_IT` or `IS_CALLED`."""


@dataclass(frozen=True, kw_only=True)
class Moments:
    """When to measure. All in AWS's time."""

    __pydantic_config__: ClassVar = _JSON

    before_from: AwareDatetime
    before_to: AwareDatetime
    """When the deployment began."""
    after_from: AwareDatetime
    """When it had ended."""


@dataclass(frozen=True, kw_only=True)
class VerificationRequest:
    """What to look at in AWS. Without `moments` it is the same from one release to the next."""

    __pydantic_config__: ClassVar = _JSON

    cluster: str
    service: str
    """Name of the ECS service."""
    target_group_arns: tuple[str, ...] = ()
    load_balancer: str = ""
    """The end of its ARN as CloudWatch names it, `app/name/id`; empty: there is none."""
    base_url: str = ""
    """Where the smoke checks ask, such as `https://example.com`; empty: they are not made."""
    log_group: str = ""
    bounds: Bounds = field(default_factory=Bounds)
    watch: int = Verification.watch
    baseline: int = Verification.baseline
    smoke: tuple[SmokeCheck, ...] = ()
    others: tuple[Other, ...] = ()
    moments: Moments | None = None

    def of(self, *, began: datetime, ended: datetime, steady_since: datetime | None = None) -> VerificationRequest:
        """The request for the deployment that began and ended then, in AWS's time.

        `steady_since` is when the deployment before had ended: what was measured while it was under way, or before,
        is nothing to compare with.
        """
        first = began - timedelta(seconds=self.baseline)
        first = min(began, max(first, steady_since)) if steady_since else first
        return replace(self, moments=Moments(before_from=first, before_to=began, after_from=ended))

    def to_json(self) -> dict[str, Any]:
        """As plain values with names in camelCase."""
        plain: dict[str, Any] = _REQUEST.dump_python(self, mode="json", by_alias=True)
        return plain

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> VerificationRequest:
        """What `to_json` made. Raises ValueError for anything else."""
        return _REQUEST.validate_python(plain)


_REQUEST: Final = TypeAdapter(VerificationRequest)
