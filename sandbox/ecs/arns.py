"""Names of things as ECS spells them: ARNs, and identifiers derived so that the same history gives the same names."""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass

from sandbox.aws_error import AwsError

_ALPHABET = string.ascii_letters + string.digits + "_-"
_TASK_ID_LENGTHS = (32, 36)


@dataclass(frozen=True)
class Place:
    """One account in one region: the extent of everything that ECS knows."""

    account: str
    region: str

    def arn(self, resource: str) -> str:
        """The ARN of an ECS resource, ``cluster/name`` for instance."""
        return f"arn:aws:ecs:{self.region}:{self.account}:{resource}"


def hexadecimal(length: int, *seed: object) -> str:
    """``length`` hexadecimal digits that follow from ``seed`` (task ids, interface ids)."""
    return _digest(seed).hex()[:length]


def decimal(*seed: object) -> str:
    """Nineteen digits that follow from ``seed``, as in ``ecs-svc/1234567890123456789``."""
    return str(int.from_bytes(_digest(seed)[:8]) % 9 * 10**18 + int.from_bytes(_digest(seed)[8:16]) % 10**18).zfill(19)


def letters(length: int, *seed: object) -> str:
    """``length`` characters that follow from ``seed``, as in the ARN of a service deployment."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in _digest(seed)[:length])


def uuid(*seed: object) -> str:
    """An identifier in the form of a UUID that follows from ``seed``."""
    digits = hexadecimal(32, *seed)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def last_part(arn_or_name: str) -> str:
    """``name`` of ``arn:...:cluster/name``, or the name itself."""
    return arn_or_name.rpartition("/")[2]


def task_id(arn_or_name: str) -> str:
    """The identifier in a task's ARN or name, which no other length can be: observed (public reports of the words)."""
    identifier = last_part(arn_or_name)
    if len(identifier) not in _TASK_ID_LENGTHS:
        raise AwsError("InvalidParameterException", "taskId length should be one of [32,36]")
    return identifier


def _digest(seed: tuple[object, ...]) -> bytes:
    return hashlib.sha256("\0".join(map(str, seed)).encode()).digest()
