"""The policy pack: `pulumi preview --policy-pack policy`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pulumi_policy import PolicyPack

from policy.pack import Pack

here = Path(__file__).resolve().parent
PolicyPack("slipway", policies=Pack(folders=(Path.cwd(), here), today=datetime.now(UTC).date()).policies())
