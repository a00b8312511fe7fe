"""The AWS config and credentials files of a sandbox: a profile for people, and one for each environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sandbox import accounts

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.identity import AccessKey


def write(directory: Path, endpoint: str, key: AccessKey, state_id: str) -> None:
    """Write ``aws/config`` and ``aws/credentials`` (for the owner's eyes only).

    The AWS CLI caches an assumed role's credentials by everything that stands in the profile; ``external_id`` names
    this sandbox's state there, so that what an earlier sandbox issued is never used on this one.
    """
    common = f"region = {accounts.REGION}\nendpoint_url = {endpoint}\noutput = json\ncli_pager =\n"
    profiles = [f"[profile {accounts.ENGINEER}]\n{common}"]
    profiles += [
        f"[profile {account.name}]\n{common}"
        f"role_arn = {accounts.role_arn(account)}\nsource_profile = {accounts.ENGINEER}\n"
        f"role_session_name = {accounts.ENGINEER}\nexternal_id = slipway-sandbox-{state_id}\n"
        for account in accounts.ENVIRONMENTS
    ]
    credentials = f"[{accounts.ENGINEER}]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"
    folder = directory / "aws"
    folder.mkdir(exist_ok=True)
    _write(folder / "config", "\n".join(profiles))
    _write(folder / "credentials", credentials)


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
