"""The services of AWS that use a key for somebody, as a key's policies name them. Pure."""

from __future__ import annotations


def host_of(service: str, region: str, partition: str) -> str:
    """What `kms:ViaService` is when a service uses a key (AWS: "AWS KMS condition keys"): documented."""
    return f"{service}.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"
