"""What goes wrong, in the words of the real plugin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

_GONE: Final = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist|\.Missing|MissingException|UnknownResource")


_EXISTS: Final = re.compile(r"Exists|Duplicate|InUseException|AlreadyOwnedByYou")


class Fault(Exception):  # noqa: N818 - what went wrong at AWS, not in us
    """An operation that failed; its text is what people read."""


class PartialFault(Exception):  # noqa: N818 - as above
    """A resource that exists, but not as asked: its id and state are kept, and the next update goes on from there."""

    def __init__(self, message: str, resource_id: str, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.resource_id = resource_id
        self.state = state
        self.inputs = inputs


def code_of(error: BaseException) -> str:
    """AWS's code of an error, "" where it came from nowhere near AWS."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_gone(error: BaseException) -> bool:
    """Whether AWS says that what was asked about does not exist."""
    return bool(_GONE.search(code_of(error))) or code_of(error) == "404"


def exists_already(error: BaseException) -> bool:
    """Whether AWS says that there is one of that name."""
    return bool(_EXISTS.search(code_of(error)))


def words_of(error: Exception) -> str:
    """The error of an API call, short: operation, code and AWS's message."""
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        operation = f"operation error {getattr(error, 'service', '')}: {error.operation_name}".replace(" : ", " ")
        return f"{operation}, {details.get('Code')}: {details.get('Message')}"
    if isinstance(error, (BotoCoreError, Fault)):
        return str(error).strip()
    return f"{type(error).__name__}: {error}"
