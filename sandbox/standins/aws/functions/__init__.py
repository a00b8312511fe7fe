"""The functions that are imitated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.standins.aws.functions import account, images, network, policy_document, secrets
from sandbox.standins.aws.functions.function import Function

_TABLES: Final = (account.FUNCTIONS, images.FUNCTIONS, network.FUNCTIONS, policy_document.FUNCTIONS, secrets.FUNCTIONS)

FUNCTIONS: Final[Mapping[str, Function]] = {function.token: function for table in _TABLES for function in table}
