"""moto, in this process, as one WSGI application."""

from __future__ import annotations

import os
from typing import Any

# moto reads these when it is imported. Its list of machine images is of no use here and slow to load; the AWS managed
# policies are added one by one when they are asked for (managed_policies.py), since all of them are 4 MB of state.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"
os.environ.pop("MOTO_ACCOUNT_ID", None)

from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)

from sandbox import moto_repairs

__all__ = ["MotoRequestHandler", "make"]


class Moto(DomainDispatcherApplication):
    """Finds the service of a request and answers it; raises NotImplementedError where moto has never heard of it."""

    def get_backend_for_host(self, host: str | None) -> Any:  # noqa: ANN401 - moto's own signature
        """The name of moto's backend."""
        found = super().get_backend_for_host(host)
        if host is not None and found is None:
            raise NotImplementedError(f"the service {host.partition('.')[0]}")
        return found


def make() -> Moto:
    """The application that finds the service of a request and answers it."""
    moto_repairs.apply()
    # A function answers at once what it was told: to run its code takes an engine for containers.
    default_user_config["lambda"]["use_docker"] = False
    return Moto(create_backend_app)
