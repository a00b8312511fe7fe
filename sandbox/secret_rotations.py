"""What moto 5.2.5 forgets of a secret's rotation: the window and the schedule that were asked for.

AWS: "DescribeSecret", RotationRules: documented.
"""

from __future__ import annotations

from typing import Any, Final

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

_KEPT: Final = "asked_rotation_rules"
_rotate: Final = SecretsManagerBackend.rotate_secret
_to_dict: Final = FakeSecret.to_dict


def _remembering(backend: SecretsManagerBackend, secret_id: str, **asked: Any) -> str:  # noqa: ANN401 - as moto calls it
    answer: str = _rotate(backend, secret_id, **asked)
    if asked.get("rotation_rules"):
        secret = backend.secrets[secret_id]
        vars(secret)[_KEPT] = dict(asked["rotation_rules"])
        vars(secret)["rotation_enabled"] = True
    return answer


def _told(secret: FakeSecret) -> dict[str, Any]:
    told: dict[str, Any] = _to_dict(secret)
    if "RotationRules" in told and _KEPT in vars(secret):
        told["RotationRules"] = vars(secret)[_KEPT]
    return told


def apply() -> None:
    """Teach moto, once, before it serves."""
    setattr(SecretsManagerBackend, "rotate_secret", _remembering)  # noqa: B010 - moto is untyped here
    setattr(FakeSecret, "to_dict", _told)  # noqa: B010 - moto is untyped here
