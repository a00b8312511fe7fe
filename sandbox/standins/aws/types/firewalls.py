"""Web ACLs of AWS WAF before load balancers."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws.aws import Aws, Retry
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation
from sandbox.standins.aws.values import Properties


def _id(s: Situation, _: dict[str, Any]) -> str:
    return f"{s.p['webAclArn']},{s.p['resourceArn']}"


def _import(given: str, _aws: Aws) -> Properties:
    web_acl, _, resource = given.partition(",")
    if not resource:
        raise Fault(f"unexpected format of ID ({given}), expected WEB_ACL_ARN,RESOURCE_ARN")
    return {"id": given, "webAclArn": web_acl, "resourceArn": resource}


_RESOURCE: Final = {"ResourceArn": lambda p: p["resourceArn"]}

WEB_ACL_ASSOCIATION = ResourceType(
    token="aws:wafv2/webAclAssociation:WebAclAssociation",
    noun="WAFv2 WebACL Association",
    service="wafv2",
    # AWS: "AssociateWebACL": a web ACL that was just made may not be known everywhere yet.
    create=Call("AssociateWebACL", "resourceArn webAclArn", retry=(Retry("WAFUnavailableEntityException"),)),
    id=_id,
    read=Call("GetWebACLForResource", also=_RESOURCE),
    item="WebACL",
    delete=Call("DisassociateWebACL", also=_RESOURCE),
    outputs={"webAclArn": "ARN", "resourceArn": lambda s, _: s.p["resourceArn"]},
    force_new="resourceArn webAclArn",
    # A resource has one web ACL at most.
    delete_first=True,
    import_id=_import,
)

TYPES: Final = (WEB_ACL_ASSOCIATION,)
