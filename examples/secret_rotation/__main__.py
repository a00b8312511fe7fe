"""A secret that is there already, and that a function changes every month."""

import pulumi
import pulumi_aws as aws

from components.secret_rotation import SecretRotation, SecretRotationArgs

database = aws.secretsmanager.get_secret(name="orders/database")
rotation = SecretRotation(
    "orders-database",
    SecretRotationArgs(
        secret_arn=database.arn,
        function_arn="arn:aws:lambda:eu-west-1:111111111111:function:rotate-orders-database",
        every_days=30,
        window_hours=3,
    ),
)
pulumi.export("rotated", rotation.secret_arn)
