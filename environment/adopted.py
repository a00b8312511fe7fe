"""What was there before, and was taken over: it stays as it is wherever a change would replace it.

Listener rules stay as they are in all, until the stack file names them no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pulumi
import pulumi_aws as aws

from stacks.settings import Settings

REPLACED_BY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "aws:ecs/cluster:Cluster": ("name",),
        "aws:ecr/repository:Repository": ("name", "encryptionConfigurations"),
        "aws:lb/loadBalancer:LoadBalancer": ("name", "internal"),
        "aws:lb/targetGroup:TargetGroup": ("name", "port", "protocol", "protocolVersion", "targetType", "vpcId"),
        "aws:ec2/securityGroup:SecurityGroup": ("name", "description", "vpcId"),
        "aws:cloudwatch/logGroup:LogGroup": ("name", "logGroupClass"),
    }
)
"""Type -> properties whose change makes the AWS plugin replace it (the plugin's documentation of each type)."""


def keep(settings: Settings) -> None:
    """Lets the program of this environment change nothing that would replace what was adopted.

    To be called before the first component is made.
    """
    names = _adopted(settings)
    if not names:
        return

    def kept(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        stays = REPLACED_BY.get(args.type_)
        if stays is None or args.name not in names:
            return None
        more = pulumi.ResourceOptions(ignore_changes=list(stays))
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, more))

    pulumi.runtime.register_stack_transformation(kept)


RULE: Final = ("actions", "conditions", "listenerArn", "priority", "tags", "transforms")
"""All that a listener rule is."""


def keep_rules(
    settings: Settings, service: str, target_group_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> None:
    """Registers the rules that forwarded to the service before: AWS says what they are, and so it stays.

    An update without them deletes them, and does so last: when the release runs that gets its traffic by a rule of its
    own. `slipway adopt` has them in the state. One that is in none would be made of what stands here, and no request
    meets it: nobody has a name that ends with `.invalid` (RFC 2606).
    """
    opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=list(RULE)))
    nobody = aws.lb.ListenerRuleConditionHostHeaderArgs(values=[f"{service}.invalid"])
    for number, arn in enumerate(settings.adopted.rules.get(service, ()), start=1):
        aws.lb.ListenerRule(
            settings.names.old_rule(service, number),
            listener_arn=_listener_of(arn),
            conditions=[aws.lb.ListenerRuleConditionArgs(host_header=nobody)],
            # Named, so that the rule goes before the group does.
            actions=[aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=target_group_arn)],
            opts=opts,
        )


def _listener_of(rule_arn: str) -> str:
    """`...:listener-rule/app/NAME/BALANCER/LISTENER/RULE` -> `...:listener/app/NAME/BALANCER/LISTENER`."""
    return rule_arn.rpartition("/")[0].replace(":listener-rule/", ":listener/", 1)


def _adopted(settings: Settings) -> frozenset[str]:
    """Names of the resources that may have been there before, as Pulumi has them."""
    names, adopted = settings.names, settings.adopted
    services = {names.service(one) for one in (*adopted.services, *adopted.repositories)}
    cluster = {names.cluster} if adopted.cluster else set()
    balancer = {names.load_balancer} if adopted.load_balancer else set()
    return frozenset(services | cluster | balancer)
