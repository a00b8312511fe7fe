"""The controls of AWS Security Hub around ECS: what becomes of each of them here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_ENDPOINTS: Final = "`endpoints` of `slipway:network`"

NEEDS_A_SETTING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ECR.5": "a key, before the repository is made: `slipway:images`",
        "ELB.1": "a certificate: `slipway:loadBalancer`",
        "ELB.16": "a web ACL: `slipway:loadBalancer`",
        "ELB.18": "a certificate: `slipway:loadBalancer`",
        "ELB.21": "containers that speak TLS",
        "ELB.22": "containers that speak TLS",
        "EC2.55": _ENDPOINTS,
        "EC2.56": _ENDPOINTS,
        "EC2.57": _ENDPOINTS,
    }
)
"""Rule -> what prod needs to keep it. All others are kept by default there."""

OUT_OF_SCOPE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ECS.1": "retired by AWS; ECS.4, ECS.17, ECS.20 and ECS.21 took its place",
        "ECS.21": "Windows containers: Slipway runs Linux",
        "ELB.2": "Classic Load Balancers: Slipway makes none",
        "ELB.3": "Classic Load Balancers: Slipway makes none",
        "ELB.7": "Classic Load Balancers: Slipway makes none",
        "ELB.8": "Classic Load Balancers: Slipway makes none",
        "ELB.9": "Classic Load Balancers: Slipway makes none",
        "ELB.10": "Classic Load Balancers: Slipway makes none",
        "ELB.14": "Classic Load Balancers: Slipway makes none",
        "EC2.10": "an endpoint of EC2's own API: nothing in the network calls it",
        "EC2.172": "a setting of the whole account and region, not of a stack",
        "KMS.3": "what is being deleted is in no program; Pulumi's preview shows it",
        "SecretsManager.2": "whether a rotation worked is known in the account alone",
        "SecretsManager.3": "whether a secret is used is known in the account alone",
    }
)
"""Control -> why no program can keep or break it."""
