"""An environment with every component switched on."""

from pathlib import Path
from types import MappingProxyType

import pulumi
import pulumi_aws as aws

from components.backup_plan import BackupPlan, BackupPlanArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.namespace import Namespace, NamespaceArgs
from components.network_listener import NetworkListener, NetworkListenerArgs
from components.network_load_balancer import NetworkLoadBalancer, NetworkLoadBalancerArgs
from components.registry import Registry, RegistryArgs, Replica, Upstream
from components.secret_rotation import SecretRotation, SecretRotationArgs
from components.service_registry import ServiceRegistry, ServiceRegistryArgs
from environment.platform import Platform
from environment.program import aws_provider, deploy_services, options, settings_of_stack
from release.architecture import Architecture
from release.container_limits import Ulimit
from release.container_order import Condition, Dependency
from release.container_order import HealthCheck as ContainerCheck
from release.target_traffic import TargetTraffic
from release.task_needs import Bucket, Queue, Table
from release.work_queue import Delivery
from stacks.scheduled_command import ScheduledCommand
from stacks.service_definition import (
    HealthCheck,
    MigrationDefinition,
    Permission,
    QueueDefinition,
    SecretReference,
    ServiceDefinition,
)
from stacks.shared_files import SharedFiles
from stacks.sidecar_definition import Collector, LogRouter

AWS_IMAGES = "public.ecr.aws/aws-observability"
ROUTER = f"{AWS_IMAGES}/aws-for-fluent-bit@sha256:{'1' * 64}"
COLLECTOR = f"{AWS_IMAGES}/aws-otel-collector@sha256:{'2' * 64}"
CATALOGUE = (
    ServiceDefinition(
        name="shop",
        port=8443,
        protocol="HTTPS",
        paths=("/*",),
        priority=1000,
        calls=("stock",),
        traffic=TargetTraffic(slow_start=30, sticky_seconds=3600),
        health_check=HealthCheck(path="/ready", grace_period=60),
        architecture=Architecture.ARM64,
        ephemeral_storage=40,
        ulimits=(Ulimit(name="nofile", soft=65_536, hard=65_536),),
        init=True,
        scratch=("/tmp",),  # noqa: S108 - a folder in the container
        environment=MappingProxyType({"LOG_LEVEL": "info"}),
        secrets=(SecretReference(variable="DATABASE_URL", secret="shop/database", json_key="url"),),  # noqa: S106 - its name
        reads=(Bucket("shop-{account}-{environment}", prefix="avatars/"), Table("customers")),
        sends=(Queue("orders", key="alias/orders"), Queue("mailer")),
        permissions=(
            Permission(name="read-avatars", actions=("s3:GetObject",), resources=("arn:aws:s3:::shop-avatars/*",)),
        ),
        migration=MigrationDefinition(command=("migrate", "up"), timeout=300),
        scheduled=(
            ScheduledCommand(
                name="tidy", command=("tidy", "carts"), when="cron(0 3 * * ? *)", time_zone="Europe/Berlin"
            ),
        ),
        files=(SharedFiles(name="exports", path="/exports"),),
        sidecars=(LogRouter(image=ROUTER), Collector(image=COLLECTOR)),
        depends_on=(Dependency(container="telemetry", condition=Condition.HEALTHY),),
        stop_timeout=60,
        deregistration_delay=60,
    ),
    ServiceDefinition(
        name="stock",
        port=8443,
        protocol="HTTPS",
        hosts=("shop.example.com",),
        paths=("/stock/*",),
        priority=100,
        traffic=TargetTraffic(protocol_version="GRPC"),
        health_check=HealthCheck(path="/grpc.health.v1.Health/Check"),
    ),
    ServiceDefinition(
        name="mailer",
        queue=QueueDefinition(delivery=Delivery(longest_work=60)),
        container_check=ContainerCheck(command=("CMD", "/mailer", "health")),
    ),
)

settings = settings_of_stack(CATALOGUE)
provider = aws_provider(settings)
everywhere = options(settings, provider)
platform = Platform(settings, CATALOGUE, Path(__file__).parent, provider, everywhere)
deploy_services(platform, provider)

account, region = settings.aws.account, settings.aws.region
Registry(
    "images",
    RegistryArgs(
        account=account,
        region=region,
        replicas=[Replica(account=account, region="eu-central-1")],
        replicas_from=["444444444444"],
        upstreams=[Upstream(prefix="ecr-public", registry="ecr-public")],
    ),
    everywhere,
)
BackupPlan(
    "files",
    BackupPlanArgs(
        vault_name="files",
        account=account,
        region=region,
        retention_days=settings.profile.log_retention_days,
        deletion_window_days=settings.profile.key_deletion_days,
    ),
    everywhere,
)
EncryptionKey(
    "exports",
    EncryptionKeyArgs(
        alias_name="exports",
        description="Files that shop exports",
        account=account,
        deletion_window_days=settings.profile.key_deletion_days,
    ),
    everywhere,
)
namespace = Namespace(
    "names",
    NamespaceArgs(namespace_name=f"{settings.environment}.internal", vpc_id=platform.network.vpc_id),
    everywhere,
)
ServiceRegistry(
    "reports", ServiceRegistryArgs(registry_name="reports", namespace_id=namespace.namespace_id), everywhere
)
SecretRotation(
    "shop-database",
    SecretRotationArgs(
        secret_arn=aws.secretsmanager.get_secret(
            name="shop/database", opts=pulumi.InvokeOptions(provider=provider)
        ).arn,
        function_arn=f"arn:aws:lambda:{region}:{account}:function:rotate-shop-database",
    ),
    everywhere,
)
balancer = NetworkLoadBalancer(
    "sensors",
    NetworkLoadBalancerArgs(
        vpc_id=platform.network.vpc_id,
        subnet_ids=platform.network.private_subnet_ids,
        internal=True,
        sources=["10.0.0.0/8"],
        ports=[8883],
        deletion_protection=settings.profile.deletion_protection,
        access_logs_bucket=platform.access_logs.bucket,
    ),
    everywhere,
)
NetworkListener(
    "sensors",
    NetworkListenerArgs(
        load_balancer_arn=balancer.arn,
        vpc_id=platform.network.vpc_id,
        port=8883,
        certificate_arn=platform.certificate_arn,
    ),
    everywhere,
)
pulumi.export("platform", platform.outputs())
