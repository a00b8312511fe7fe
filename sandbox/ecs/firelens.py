"""Log routers of a task definition (AWS: "FirelensConfiguration", and "Send Amazon ECS logs to an AWS service").

That AWS fills in root for a router without a user is observed (eagletmt/hako#93), and the users that it takes since
October 2025 too (aws/amazon-ecs-agent#4596); that Fargate takes configuration files by path alone is documented; the
wording is assumed.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.ecs import refusals

Json = dict[str, Any]

_USER = re.compile(r"root|[0-9]+(:[^:]+)?")


def check(containers: list[Json], *, fargate: bool) -> None:
    """Refuse logs without a router, several routers, and routers that could not run."""
    routers = [container for container in containers if container.get("firelensConfiguration")]
    routed = [
        one["name"] for one in containers if (one.get("logConfiguration") or {}).get("logDriver") == "awsfirelens"
    ]
    if len(routers) > 1:
        raise refusals.client("A task definition can have one container with a firelensConfiguration only.")
    if routed and not routers:
        raise refusals.client(
            f"Container '{routed[0]}' uses the log driver awsfirelens, which needs a container with a "
            "firelensConfiguration in the task definition."
        )
    for router in routers:
        if router.get("user") and not _USER.fullmatch(router["user"]):
            raise refusals.client(
                f"If 'user' field is specified for the firelens container '{router['name']}', it must be one of the "
                "formats uid, uid:gid, uid:group."
            )
        if fargate and (router["firelensConfiguration"].get("options") or {}).get("config-file-type") == "s3":
            raise refusals.client("Tasks using the Fargate launch type only support the config-file-type 'file'.")


def completed(container: Json) -> Json:
    """The container with the user that AWS gives to a router."""
    return {"user": "0"} | container if container.get("firelensConfiguration") else container
