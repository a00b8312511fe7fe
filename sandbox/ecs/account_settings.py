"""Account settings (AWS: "Access Amazon ECS features with account settings")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.ecs import refusals
from sandbox.ecs.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_SWITCH = ("enabled", "disabled")
_ALLOWED: dict[str, tuple[str, ...]] = {
    "serviceLongArnFormat": _SWITCH,
    "taskLongArnFormat": _SWITCH,
    "containerInstanceLongArnFormat": _SWITCH,
    "awsvpcTrunking": _SWITCH,
    "containerInsights": ("enabled", "disabled", "enhanced"),
    "fargateFIPSMode": _SWITCH,
    "tagResourceAuthorization": ("on", "off"),
    "fargateTaskRetirementWaitPeriod": ("0", "7", "14"),
    "guardDutyActivate": ("on", "off"),
    "defaultLogDriverMode": ("blocking", "non-blocking"),
    "fargateEventWindows": _SWITCH,
}
_DEFAULTS = {
    "serviceLongArnFormat": "enabled",
    "taskLongArnFormat": "enabled",
    "containerInstanceLongArnFormat": "enabled",
    "awsvpcTrunking": "disabled",
    "containerInsights": "disabled",
    "fargateFIPSMode": "disabled",
    "tagResourceAuthorization": "off",
    "fargateTaskRetirementWaitPeriod": "7",
    "guardDutyActivate": "off",
    "defaultLogDriverMode": "non-blocking",
    "fargateEventWindows": "disabled",
}
_READ_ONLY = "guardDutyActivate"
_MOST_LISTED = 10


class AccountSettings:
    """The operations on account settings."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Json]]:
        """Operations by name."""
        return {
            "PutAccountSetting": self.put_account_setting,
            "PutAccountSettingDefault": self.put_account_setting_default,
            "DeleteAccountSetting": self.delete_account_setting,
            "ListAccountSettings": self.list_account_settings,
        }

    def put_account_setting(self, caller: Caller, params: Json) -> Json:
        """Set a setting for one principal, the caller unless another one is named; the root user is the whole account
        (AWS: "PutAccountSetting"): documented. That only the root user may name others is not checked.
        """
        return self._put(caller, params, _principal(caller, params))

    def put_account_setting_default(self, caller: Caller, params: Json) -> Json:
        """Set a setting for the whole account."""
        return self._put(caller, params, "")

    def delete_account_setting(self, caller: Caller, params: Json) -> Json:
        """Let a principal have the account's setting again."""
        record = self._world.holdings(caller).settings
        principal = _principal(caller, params)
        record.values.pop((principal, params["name"]), None)
        self._world.records.touch(record)
        shown = principal or _root(caller)
        return {"setting": _setting(params["name"], record.values.get(("", params["name"])), shown)}

    def list_account_settings(self, caller: Caller, params: Json) -> Json:
        """What was set for the principal; with ``effectiveSettings`` every setting as it takes effect."""
        values = self._world.holdings(caller).settings.values
        if params.get("value") is not None and "name" not in params:
            raise refusals.invalid("A value to filter by needs the name of an account setting.")
        principal = _principal(caller, params)
        settings = []
        for name, default in _DEFAULTS.items():
            own = values.get((principal, name))
            effective = own or values.get(("", name)) or default
            shown = effective if params.get("effectiveSettings") else own
            wanted = params.get("name") in {None, name} and params.get("value") in {None, shown}
            if shown and wanted:
                settings.append(_setting(name, shown, principal or _root(caller)))
        return page(settings, params, "settings", _MOST_LISTED)

    def _put(self, caller: Caller, params: Json, principal: str) -> Json:
        name, value = params["name"], params["value"]
        allowed = _ALLOWED.get(name)
        if allowed is None:
            raise refusals.invalid(f"The Slipway sandbox does not know the account setting {name}.")
        if name == _READ_ONLY:
            raise refusals.invalid(f"{name} is read-only: Amazon GuardDuty sets it.")
        if value not in allowed:
            raise refusals.invalid(f"Invalid value for {name}: {value}. Allowed values: {', '.join(allowed)}.")
        record = self._world.holdings(caller).settings
        record.values[principal, name] = value
        self._world.records.touch(record)
        return {"setting": _setting(name, value, principal or _root(caller))}


def _root(caller: Caller) -> str:
    return f"arn:aws:iam::{caller.account}:root"


def _principal(caller: Caller, params: Json) -> str:
    """Whose setting it is; "" for the whole account's."""
    principal = params.get("principalArn") or caller.arn
    return "" if principal == _root(caller) else principal


def _setting(name: str, value: str | None, principal: str) -> Json:
    kind = "aws_managed" if name == _READ_ONLY else "user"
    return {"name": name, "value": value or _DEFAULTS.get(name, ""), "principalArn": principal, "type": kind}
