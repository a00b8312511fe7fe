"""Verifies the release that a service deployment brought: waits until it was watched, then compares it with before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from account.verification import is_due, look
from release.verification import Finding, remarks, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from account.session import AwsSession
    from release.verification_request import VerificationRequest

LATE: Final = 300
"""Seconds that CloudWatch may be late with its metrics, beyond the watch: assumed."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 5.0

FORGOTTEN: Final = "nothing was verified: ECS does not remember the deployment"
NOTHING_RUNS: Final = "nothing was verified: no task is wanted"
NOT_WATCHED: Final = "CloudWatch did not measure the service to the end of the watch"


class ReleaseVerifier:
    """For one release. `remarks` holds, after a check, what was not judged, and why."""

    def __init__(
        self,
        session: AwsSession,
        request: VerificationRequest,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._request = request
        self._sleep = sleep
        self._now = now
        self.remarks: tuple[str, ...] = ()

    def check(self, deployment: str) -> tuple[Finding, ...]:
        """What got worse with the deployment, by its ARN; empty for a good one. Waits. Raises `AwsFault`."""
        request = self._of(deployment)
        if request is None:
            self.remarks = (FORGOTTEN,)
            return ()
        if not self._wanted():
            self.remarks = (NOTHING_RUNS,)
            return ()
        watched = self._wait(request)
        seen = look(self._session, request)
        self.remarks = (*remarks(seen, request.bounds), *(() if watched else (NOT_WATCHED,)))
        return verify(seen, request.bounds)

    def _of(self, deployment: str) -> VerificationRequest | None:
        """The request with the deployment's moments; None when ECS has none (AWS: "ServiceDeployment")."""
        if not deployment:
            return None
        answer = self._session.call("ecs", "describe_service_deployments", serviceDeploymentArns=[deployment])
        found = next(iter(answer["serviceDeployments"]), None)
        if found is None or not found.get("finishedAt"):
            return None
        began = found.get("startedAt") or found["createdAt"]
        return self._request.of(began=began, ended=found["finishedAt"], steady_since=self._steady_since(found))

    def _steady_since(self, deployment: dict[str, Any]) -> datetime | None:
        """When the one before had ended; None without one."""
        earlier = (one for one in self._deployments() if one["createdAt"] < deployment["createdAt"])
        return max((one["finishedAt"] for one in earlier if one.get("finishedAt")), default=None)

    def _deployments(self) -> Iterator[dict[str, Any]]:
        params: dict[str, Any] = {"cluster": self._request.cluster, "service": self._request.service}
        while True:
            page = self._session.call("ecs", "list_service_deployments", **params)
            yield from page["serviceDeployments"]
            if not page.get("nextToken"):
                return
            params["nextToken"] = page["nextToken"]

    def _wanted(self) -> int:
        request = self._request
        answer = self._session.call("ecs", "describe_services", cluster=request.cluster, services=[request.service])
        return sum(service["desiredCount"] for service in answer["services"])

    def _wait(self, request: VerificationRequest) -> bool:
        """Until the watch is over in AWS's time; False when that is not seen to come."""
        end, pause = self._now() + 2 * request.watch + LATE, FIRST_PAUSE
        while not is_due(self._session, request):
            if self._now() >= end:
                return False
            self._sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return True
