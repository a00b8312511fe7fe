"""The names people type. Each stands here once; the SOP's own where it has one."""

from __future__ import annotations

from dataclasses import dataclass, field

from stacks.adopted import AdoptedDials


@dataclass(frozen=True)
class Names:
    """Names of one environment.

    An environment is an AWS account, so the SOP's names are free in each. Environments that share an account have a
    prefix of their own in front of every name.
    """

    prefix: str = ""
    """Put in front as it is: `stage-` makes `stage-auth-service`."""
    adopted: AdoptedDials = field(default_factory=AdoptedDials)
    """What was there before keeps its name."""

    @property
    def cluster(self) -> str:
        """The ECS cluster."""
        return self.adopted.cluster or f"{self.prefix}microservices-cluster"

    @property
    def network(self) -> str:
        """The VPC and all that is in it."""
        return f"{self.prefix}network"

    @property
    def load_balancer(self) -> str:
        """The load balancer before all services."""
        return f"{self.prefix}microservices"

    @property
    def access_logs(self) -> str:
        """Of the load balancer, in Pulumi's state."""
        return f"{self.prefix}access-logs"

    @property
    def connect(self) -> str:
        """The namespace in which services call each other by Service Connect: an account has each name once."""
        return self.cluster

    @property
    def journal(self) -> str:
        """What is written of every attempt to release; its bucket's name has the account in it as well."""
        return f"{self.prefix}journal"

    @property
    def alerts(self) -> str:
        """The topic on which alarms tell people, and what belongs to it."""
        return f"{self.prefix}alerts"

    @property
    def events(self) -> str:
        """What ECS tells of services and tasks, and what belongs to it."""
        return f"{self.prefix}events"

    @property
    def event_log(self) -> str:
        """The log group of these events."""
        return f"/aws/events/{self.cluster}"

    def service(self, service: str) -> str:
        """The ECS service; also its task definition's family and its container."""
        return self.adopted.services.get(service) or f"{self.prefix}{service}"

    def old_rule(self, service: str, number: int) -> str:
        """A listener rule that forwarded to the service before it was taken over; the first is number 1."""
        return f"{self.service(service)}-before-{number}"

    def repository(self, service: str) -> str:
        """The repository of the service's images."""
        return self.adopted.repositories.get(service) or f"{self.prefix}{service}"

    def log_group(self, service: str) -> str:
        """The log group of the service's tasks."""
        return f"/ecs/{self.service(service)}"

    @property
    def logs(self) -> str:
        """The key that encrypts what services log."""
        return f"{self.prefix}logs"

    @property
    def log_groups(self) -> tuple[str, ...]:
        """The log groups of the environment, as patterns: also those that other stacks make on its platform."""
        ours = f"/ecs/{self.prefix}"
        others = {self.event_log, self.session_log, *(f"/ecs/{name}" for name in self.adopted.services.values())}
        return (f"{ours}*", *sorted(name for name in others if not name.startswith(ours)))

    @property
    def session_log(self) -> str:
        """The log group of the shells that people open in tasks."""
        return f"/ecs/{self.cluster}/sessions"
