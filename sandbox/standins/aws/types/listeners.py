"""Listeners of load balancers, and their rules."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws.casing import to_api
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation, Update
from sandbox.standins.aws.types.arns import by_id
from sandbox.standins.aws.values import Properties


def _action_names(path: str) -> dict[str, str]:
    return {
        f"{path}.authenticateCognito": "AuthenticateCognitoConfig",
        f"{path}.authenticateOidc": "AuthenticateOidcConfig",
        f"{path}.fixedResponse": "FixedResponseConfig",
        f"{path}.forward": "ForwardConfig",
        f"{path}.forward.stickiness": "TargetGroupStickinessConfig",
        f"{path}.forward.stickiness.duration": "DurationSeconds",
        f"{path}.forward.targetGroups.arn": "TargetGroupArn",
        f"{path}.jwtValidation": "JwtValidationConfig",
        f"{path}.redirect": "RedirectConfig",
    }


def _action_defaults(path: str) -> dict[str, object]:
    return {
        f"{path}.redirect.{part}": f"{'/' if part == 'path' else ''}#{{{part}}}"
        for part in ("host", "path", "port", "protocol", "query")
    }


def _actions_decided(path: str) -> str:
    # AWS answers one target group both by itself and in `forward`, whichever was said.
    return (
        f"{path}.order {path}.forward {path}.targetGroupArn {path}.forward.stickiness "
        f"{path}.forward.targetGroups.weight {path}.fixedResponse.statusCode"
    )


def _certificates(p: Properties) -> list[dict[str, str]] | None:
    return [{"CertificateArn": p["certificateArn"]}] if p.get("certificateArn") else None


def _protocol(p: Properties) -> str | None:
    """The one of application load balancers, where nothing else is said."""
    return p.get("protocol") or ("HTTP" if ":loadbalancer/app/" in p["loadBalancerArn"] else None)


_SENT: Final = "alpnPolicy defaultActions port protocol sslPolicy"

LISTENER = ResourceType(
    token="aws:lb/listener:Listener",
    noun="ELBv2 Listener",
    service="elbv2",
    create=Call("CreateListener", f"loadBalancerArn {_SENT}", {"Certificates": _certificates, "Protocol": _protocol}),
    id="Listeners[0].ListenerArn",
    read=Call("DescribeListeners", also={"ListenerArns": by_id}),
    item="Listeners[0]",
    update=(
        Update(
            f"{_SENT} certificateArn",
            Call("ModifyListener", _SENT, {"ListenerArn": lambda p: p["id"], "Certificates": _certificates}),
        ),
    ),
    delete=Call("DeleteListener", also={"ListenerArn": lambda p: p["id"]}),
    names={"arn": "ListenerArn", **_action_names("defaultActions")},
    outputs={"certificateArn": "Certificates[0].CertificateArn"},
    force_new="loadBalancerArn",
    computed=f"protocol sslPolicy {_actions_decided('defaultActions')}",
    stated=_action_defaults("defaultActions"),
    ordered="defaultActions",
    tags="Tags",
    not_imitated="mutualAuthentication routingHttpRequestXAmznMtlsClientcertHeaderName "
    "routingHttpRequestXAmznMtlsClientcertIssuerHeaderName routingHttpRequestXAmznMtlsClientcertLeafHeaderName "
    "routingHttpRequestXAmznMtlsClientcertSerialNumberHeaderName "
    "routingHttpRequestXAmznMtlsClientcertSubjectHeaderName "
    "routingHttpRequestXAmznMtlsClientcertValidityHeaderName routingHttpRequestXAmznTlsCipherSuiteHeaderName "
    "routingHttpRequestXAmznTlsVersionHeaderName routingHttpResponseAccessControlAllowCredentialsHeaderValue "
    "routingHttpResponseAccessControlAllowHeadersHeaderValue routingHttpResponseAccessControlAllowMethodsHeaderValue "
    "routingHttpResponseAccessControlAllowOriginHeaderValue routingHttpResponseAccessControlExposeHeadersHeaderValue "
    "routingHttpResponseAccessControlMaxAgeHeaderValue routingHttpResponseContentSecurityPolicyHeaderValue "
    "routingHttpResponseServerEnabled routingHttpResponseStrictTransportSecurityHeaderValue "
    "routingHttpResponseXContentTypeOptionsHeaderValue routingHttpResponseXFrameOptionsHeaderValue "
    "tcpIdleTimeoutSeconds",
)

_FIELDS: Final = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "queryStrings": ("query-string", "QueryStringConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}


def _condition(condition: Properties) -> dict[str, Any]:
    """A condition as the API takes it: its one block, and the field that names it."""
    for name, (api, member) in _FIELDS.items():
        block = condition.get(name)
        if not block:
            continue
        if name == "queryStrings":
            values = [{key.title(): value for key, value in pair.items()} for pair in block]
            return {"Field": api, member: {"Values": values}}
        parts = {key[0].upper() + key[1:]: value for key, value in block.items() if value}
        return {"Field": api, member: parts}
    return {}


def _read_condition(item: dict[str, Any]) -> Properties:
    for name, (api, member) in _FIELDS.items():
        if item.get("Field") != api:
            continue
        config = item.get(member) or {"Values": item.get("Values") or []}
        if name == "queryStrings":
            return {name: [{key.lower(): value for key, value in pair.items()} for pair in config["Values"]]}
        return {name: {key[0].lower() + key[1:]: value for key, value in config.items() if value}}
    return {}


def _conditions(p: Properties) -> list[dict[str, Any]]:
    return [_condition(condition) for condition in p["conditions"]]


def _rule_priority(s: Situation) -> int:
    """The priority asked for, or the one after the last: what AWS itself asks of its callers."""
    if s.p.get("priority"):
        return int(s.p["priority"])
    rules = s.call("elbv2", "DescribeRules", ListenerArn=s.p["listenerArn"])["Rules"]
    return max((int(rule["Priority"]) for rule in rules if rule["Priority"].isdigit()), default=0) + 1


def _create_rule(s: Situation) -> dict[str, Any]:
    s.p["priority"] = _rule_priority(s)
    shape = s.aws.input_shape("elbv2", "CreateRule")
    actions = to_api(s.p["actions"], shape.members["Actions"], LISTENER_RULE.names, "actions")
    tags = [{"Key": key, "Value": value} for key, value in s.p["tagsAll"].items()]
    return s.call(
        "elbv2",
        "CreateRule",
        ListenerArn=s.p["listenerArn"],
        Priority=s.p["priority"],
        Conditions=_conditions(s.p),
        Actions=actions,
        Tags=tags or None,
    )


def _modify_rule(s: Situation) -> None:
    """Send what changed and nothing else: weights that nobody wants to move stay where they are."""
    differing = {
        name for name in ("actions", "conditions") if not LISTENER_RULE.sameness.same(s.p[name], s.old.get(name), name)
    }
    shape = s.aws.input_shape("elbv2", "ModifyRule")
    actions = to_api(s.p["actions"], shape.members["Actions"], LISTENER_RULE.names, "actions")
    s.call(
        "elbv2",
        "ModifyRule",
        RuleArn=s.p["id"],
        Actions=actions if "actions" in differing else None,
        Conditions=_conditions(s.p) if "conditions" in differing else None,
    )


def _set_priority(s: Situation) -> None:
    priorities = [{"RuleArn": s.p["id"], "Priority": s.p["priority"]}]
    s.call("elbv2", "SetRulePriorities", RulePriorities=priorities)


LISTENER_RULE = ResourceType(
    token="aws:lb/listenerRule:ListenerRule",
    noun="ELBv2 Listener Rule",
    service="elbv2",
    create=_create_rule,
    id="Rules[0].RuleArn",
    read=Call("DescribeRules", also={"RuleArns": by_id}),
    item="Rules[0]",
    update=(
        Update("priority", _set_priority),
        Update("actions conditions", _modify_rule),
    ),
    delete=Call("DeleteRule", also={"RuleArn": lambda p: p["id"]}),
    names={"arn": "RuleArn", **_action_names("actions")},
    outputs={
        "listenerArn": lambda _, item: item["RuleArn"].replace(":listener-rule/", ":listener/").rpartition("/")[0],
        "conditions": lambda _, item: [_read_condition(condition) for condition in item["Conditions"]],
    },
    force_new="listenerArn",
    computed=f"priority {_actions_decided('actions')}",
    stated=_action_defaults("actions"),
    ordered="actions",
    tags="Tags",
    not_imitated="transforms",
)

TYPES: Final = (LISTENER, LISTENER_RULE)
