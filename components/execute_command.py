"""ECS Exec: a shell in a running task, whose sessions are logged.

AWS: "Monitor Amazon ECS containers with ECS Exec". The agent that serves the session runs as root in the container,
whatever the container's own user, and needs an init process: *documented*. AWS says that it needs a root file system
that can be written to; it works on a read-only one where the three folders that it writes to are volumes: *observed*
(aws/containers-roadmap#1359, aws-containers/amazon-ecs-exec-checker#71). Sessions are logged only where the image has
a shell, `script` and `cat`: *documented*, *observed* (aws/amazon-ssm-agent#653).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.permissions import EVERYTHING, Permission
from components.volumes import Mount, Volume

CHANNELS: Final = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
WRITTEN_TO: Final = {
    "exec-agents": "/managed-agents",
    "exec-state": "/var/lib/amazon/ssm",
    "exec-logs": "/var/log/amazon/ssm",
}
"""Volume -> the folder that the agent writes to."""
VOLUMES: Final = tuple(Volume(name=name) for name in WRITTEN_TO)
MOUNTS: Final = tuple(Mount(volume=name, path=path) for name, path in WRITTEN_TO.items())


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """Where the cluster logs sessions: what `Cluster` has made."""

    log_group_arn: pulumi.Input[str]
    """The group that they are logged in."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The key that sessions are encrypted with, beside TLS. None: TLS alone."""

    def permissions(self, account: str, region: str, partition: str) -> tuple[Permission, ...]:
        """What the task's own role needs, each need for itself."""
        groups = f"arn:{partition}:logs:{region}:{account}:log-group:*"
        needs = (
            Permission(name="open-exec-channels", actions=CHANNELS, resources=[EVERYTHING]),
            Permission(name="find-exec-log", actions=["logs:DescribeLogGroups"], resources=[groups]),
            Permission(
                name="log-exec-sessions",
                actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                resources=[pulumi.Output.concat(self.log_group_arn, ":*")],
            ),
        )
        if self.kms_key_arn is None:
            return needs
        key = Permission(name="decrypt-exec-sessions", actions=["kms:Decrypt"], resources=[self.kms_key_arn])
        return (*needs, key)
