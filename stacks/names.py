"""The names people type. Each stands here once; the SOP's own where it has one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """Names of one environment.

    An environment is an AWS account, so the SOP's names are free in each. Environments that share an account have a
    prefix of their own in front of every name.
    """

    prefix: str = ""
    """Put in front as it is: `stage-` makes `stage-auth-service`."""

    @property
    def cluster(self) -> str:
        """The ECS cluster."""
        return f"{self.prefix}microservices-cluster"

    @property
    def network(self) -> str:
        """The VPC and all that is in it."""
        return f"{self.prefix}network"

    @property
    def load_balancer(self) -> str:
        """The load balancer before all services."""
        return f"{self.prefix}microservices"

    @property
    def journal(self) -> str:
        """What is written of every attempt to release; its bucket's name has the account in it as well."""
        return f"{self.prefix}journal"

    @property
    def alerts(self) -> str:
        """The topic on which alarms tell people, and what belongs to it."""
        return f"{self.prefix}alerts"

    def service(self, service: str) -> str:
        """The ECS service; also its task definition's family, its container and its image repository."""
        return f"{self.prefix}{service}"

    def log_group(self, service: str) -> str:
        """The log group of the service's tasks."""
        return f"/ecs/{self.prefix}{service}"

    @property
    def session_log(self) -> str:
        """The log group of the shells that people open in tasks."""
        return f"/ecs/{self.cluster}/sessions"
