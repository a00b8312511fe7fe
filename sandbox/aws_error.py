"""The one error a handler raises when AWS itself would have refused."""

from __future__ import annotations


class AwsError(Exception):
    """An error in AWS's own code and words.

    ``code`` is the exception's name as the AWS API reference spells it (``ClusterNotFoundException``), ``message``
    is worded as AWS words it, and ``status`` is the HTTP status (AWS answers almost every client error with 400).
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def not_imitated(error: NotImplementedError) -> AwsError:
    """The answer to a request that AWS would take and the sandbox cannot."""
    return AwsError("NotImplemented", f"The Slipway sandbox does not imitate this: {error}")
