"""AWS's refusals, in AWS's words.

AWS: "API failure reasons" (ECS developer guide) and the error messages that clients report; where no public report of
the wording was found, the message says the same in the same tone: assumed.
"""

from __future__ import annotations

from sandbox.aws_error import AwsError


def client(message: str) -> AwsError:
    """ClientException."""
    return AwsError("ClientException", message)


def invalid(message: str) -> AwsError:
    """InvalidParameterException."""
    return AwsError("InvalidParameterException", message)


def cluster_not_found() -> AwsError:
    """The cluster does not exist, or is inactive."""
    return AwsError("ClusterNotFoundException", "Cluster not found.")


def service_not_found() -> AwsError:
    """No such service in this cluster."""
    return AwsError("ServiceNotFoundException", "Service not found.")


def service_not_active() -> AwsError:
    """The service was deleted, or is being deleted."""
    return AwsError("ServiceNotActiveException", "Service was not ACTIVE.")


def namespace_not_found(name: str) -> AwsError:
    """No such Cloud Map namespace: observed (terraform-aws-modules/terraform-aws-ecs#116)."""
    return AwsError("NamespaceNotFoundException", f"Failed to retrieve namespace for {name}")
