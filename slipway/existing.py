"""What there is of what `slipway adopt` is asked to take over, or why it cannot be taken over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slipway.stop import Mistake

if TYPE_CHECKING:
    from account.adoptable import LoadBalancer, Service
    from account.session import AwsSession
    from slipway.adoption import Adopted
    from stacks.settings import Settings


@dataclass
class Existing:
    """One look into an account."""

    environment: str
    source: str
    """The stack file as people know it."""
    now: Mapping[str, Any]
    """`slipway:adopted` as it stands."""
    named: dict[str, Any]
    """What is asked for, in the same shape; the load balancer of the services is added."""
    with_adopted: Callable[[Mapping[str, Any]], Settings]
    """The settings with another `slipway:adopted`."""
    shared_rules: list[str] = field(default_factory=list)
    """ARNs of listener rules that forward to a service that is asked for, and to others too: they stay nobody's."""

    @property
    def then(self) -> dict[str, Any]:
        """`slipway:adopted` as it will stand."""
        then = {**self.now}
        for key, value in self.named.items():
            then[key] = {**then.get(key, {}), **value} if isinstance(value, dict) else value
        return then

    @property
    def settings(self) -> Settings:
        """The settings once it stands there."""
        return self.with_adopted(self.then)

    def look(self) -> list[Adopted]:
        """What there is. Raises `Mistake` where something is not there, or cannot be ours."""
        from account.adoptable import NotThereError
        from account.aws_faults import AwsFault
        from slipway.project import open_aws

        try:
            return self._found(open_aws(self.settings))
        except (NotThereError, AwsFault) as wrong:
            raise Mistake(f"{self.environment}: {wrong}. Nothing was changed") from wrong

    def _found(self, session: AwsSession) -> list[Adopted]:
        from account import adoptable
        from slipway import adoption

        services = {one: self._service(session, one) for one in self.named.get("services", {})}
        balancer = self._balancer(session, services)
        names = self.settings.names
        found: list[Adopted] = []
        if "cluster" in self.named or services:
            adoptable.cluster(session, names.cluster)
            found += adoption.of_cluster(names)
        if balancer is not None:
            found += adoption.of_load_balancer(names, balancer)
            self._look_at_rules(services, balancer)
        rules = self.named.get("rules", {})
        for service, there in services.items():
            found += adoption.of_service(names, service, there)
            found += adoption.of_rules(names, service, rules.get(service, ()))
            group = adoptable.log_group(session, names.log_group(service))
            found += adoption.of_log_group(names, service) if group else ()
        for service in self.named.get("repositories", {}):
            adoptable.repository(session, names.repository(service))
            found += adoption.of_repository(names, service)
        return found

    def _service(self, session: AwsSession, service: str) -> Service:
        from account import adoptable
        from stacks.catalogue import by_name

        settings = self.settings
        if settings.services[service].version is None:
            raise Mistake(
                f"{service} has no version in {self.source}: say which one runs, `pulumi config set --path "
                f"slipway:services.{service}.version VERSION -s {self.environment}`. Nothing was changed"
            )
        names = settings.names
        adoptable.cluster(session, names.cluster)
        there = adoptable.service(session, names.cluster, names.service(service))
        if there.obstacles:
            raise Mistake(
                f"ECS service {there.name} cannot be taken over: {'; '.join(there.obstacles)}. Nothing was changed"
            )
        if there.target_group_arns and not by_name()[service].routed:
            raise Mistake(
                f"ECS service {there.name} stands behind load balancer {there.load_balancer}, and {service} has "
                "neither paths nor a priority in stacks/catalogue.py: give it both, or nobody would reach it. Nothing "
                "was changed"
            )
        return there

    def _balancer(self, session: AwsSession, services: Mapping[str, Service]) -> LoadBalancer | None:
        """The load balancer that is named, or that the services stand behind."""
        from account import adoptable

        behind = sorted({one.load_balancer for one in services.values() if one.load_balancer})
        wanted = self.then.get("loadBalancer")
        if wanted and any(one != wanted for one in behind):
            raise Mistake(f"the services stand behind {', '.join(behind)}, not behind {wanted}. Nothing was changed")
        if len(behind) > 1:
            raise Mistake(
                f"the services stand behind several load balancers, {', '.join(behind)}; Slipway has one for all. "
                "Nothing was changed"
            )
        if not behind and "loadBalancer" not in self.named:
            return None
        self.named["loadBalancer"] = name = wanted or behind[0]
        found = adoptable.load_balancer(session, name)
        self._check_network(found)
        return found

    def _check_network(self, found: LoadBalancer) -> None:
        adopted = self.settings.network.adopt
        if adopted is None or adopted.vpc_id != found.vpc_id:
            said = f"adopts {adopted.vpc_id}" if adopted else "makes a new VPC"
            lines = f"adopt: {{vpcId: {found.vpc_id}, privateSubnetIds: [...], publicSubnetIds: [...]}}"
            raise Mistake(
                f"load balancer {found.name} is in {found.vpc_id}, but slipway:network in {self.source} {said}: "
                f"write `{lines}` there, and run this again. Nothing was changed"
            )

    def _look_at_rules(self, services: Mapping[str, Service], balancer: LoadBalancer) -> None:
        """Finds the rules that forward to the services. Refuses a rule of ours after one of them, or at its place."""
        from stacks.catalogue import CATALOGUE

        priorities = {one.name: one.priority for one in CATALOGUE}
        for service, there in services.items():
            groups, ours = there.target_group_arns, priorities[service]
            if ours is None:
                if groups:
                    raise Mistake(
                        f"ECS service {there.name} stands behind load balancer {balancer.name}, and {service} has no "
                        "paths in stacks/catalogue.py: give it `paths` and a `priority`. Nothing was changed"
                    )
                continue
            old, shared = balancer.rules_of(groups), balancer.shared_rules_of(groups)
            # Once it is made, the rule of ours stands there itself: it forwards to two groups.
            made = [rule for rule in shared if rule.priority == ours]
            taken = [rule.priority for rule in balancer.rules if rule not in made]
            if ours in taken or any(ours > rule.priority for rule in old):
                raise Mistake(
                    f"{service} has priority {ours} in stacks/catalogue.py, and load balancer {balancer.name} has "
                    f"rules of priority {', '.join(map(str, sorted(taken)))}: give it one that is free and smaller "
                    "than that of the rule which forwards to it now. Nothing was changed"
                )
            if old:
                self.named.setdefault("rules", {})[service] = [rule.arn for rule in old]
            self.shared_rules += [rule.arn for rule in shared if rule not in made]
