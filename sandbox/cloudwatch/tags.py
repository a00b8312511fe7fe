"""Tags of alarms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.cloudwatch.metric import Place

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.cloudwatch.alarm_record import AlarmRecord
    from sandbox.cloudwatch.alarm_states import AlarmStates

Json = dict[str, Any]


class Tags:
    """TagResource, UntagResource, ListTagsForResource."""

    def __init__(self, states: AlarmStates) -> None:
        self._states = states

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Mapping[str, Any]]]:
        """Operations by name."""
        return {
            "TagResource": self.tag_resource,
            "UntagResource": self.untag_resource,
            "ListTagsForResource": self.list_tags_for_resource,
        }

    def tag_resource(self, caller: Caller, params: Json) -> Json:
        """Add tags, or give them other values."""
        record = self._named(caller, params["ResourceARN"])
        record.tags |= {tag["Key"]: tag["Value"] for tag in params["Tags"]}
        self._states.keep(record)
        return {}

    def untag_resource(self, caller: Caller, params: Json) -> Json:
        """Take tags away."""
        record = self._named(caller, params["ResourceARN"])
        record.tags = {key: value for key, value in record.tags.items() if key not in params["TagKeys"]}
        self._states.keep(record)
        return {}

    def list_tags_for_resource(self, caller: Caller, params: Json) -> Json:
        """All tags."""
        record = self._named(caller, params["ResourceARN"])
        return {"Tags": [{"Key": key, "Value": value} for key, value in record.tags.items()]}

    def _named(self, caller: Caller, arn: str) -> AlarmRecord:
        for record in self._states.of(Place(caller.account, caller.region)).values():
            if record.arn == arn:
                return record
        raise AwsError("ResourceNotFoundException", f"Unknown alarm {arn}", 404)
