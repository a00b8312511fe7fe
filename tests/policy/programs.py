"""For each rule a program that keeps it, and one for each way to break it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.policy.parts import (
    ACL,
    ACL_ASSOCIATION,
    ACL_RULE,
    ALARM,
    ALL_KEYS,
    BALANCER,
    CAPACITY_PROVIDER,
    CERTIFICATE,
    CLUSTER,
    DEFAULT_GROUP,
    FLOW_LOG,
    FORWARDING,
    GROUP,
    GROUP_RULE,
    HTTP,
    HTTPS,
    INGRESS,
    KEY,
    LIFECYCLE,
    LOG_GROUP,
    NETWORK_BALANCER,
    ONE_KEY,
    PUBLIC,
    QUEUE,
    REPOSITORY,
    ROLE_POLICY,
    ROTATION,
    SECRET,
    SERVICE,
    SUBNET,
    TARGETS,
    TASK_SET,
    VPC,
    WEB_ACL,
    Cases,
    allow,
    container,
    efs,
    endpoint,
    inline,
    key_policy,
    policy,
    queue_policy,
    resource,
    task,
    with_,
)

PROGRAMS: Mapping[str, Cases] = {
    "ECS.2": Cases(
        [SERVICE],
        {
            "a public address": with_(SERVICE, networkConfiguration__assignPublicIp=True),
            "nothing said": with_(SERVICE, networkConfiguration__assignPublicIp=None),
            "no network": with_(SERVICE, networkConfiguration=None),
        },
    ),
    "ECS.3": Cases([task()], {"the host's": [task(pidMode="host")]}, {"the task's": [task(pidMode="task")]}),
    "ECS.4": Cases(
        [task()],
        {"a privileged sidecar": container(privileged=True), "no containers": [task(containerDefinitions="[]")]},
    ),
    "ECS.5": Cases(
        [task()],
        {
            "a writable sidecar": container(readonlyRootFilesystem=False),
            "nothing said": container(readonlyRootFilesystem=None),
            "no containers": [task(containerDefinitions=None)],
        },
    ),
    "ECS.8": Cases(
        [task()],
        {
            name: container(environment=[{"name": name, "value": "x"}])
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA")
        },
        {"no variables": container(environment=None)},
    ),
    "ECS.9": Cases(
        [task()], {"a silent sidecar": container(logConfiguration=None), "no driver": container(logConfiguration={})}
    ),
    "ECS.10": Cases(
        [SERVICE],
        {"an older one": with_(SERVICE, platformVersion="1.3.0"), "nothing said": with_(SERVICE, platformVersion=None)},
    ),
    "ECS.12": Cases(
        [CLUSTER],
        {
            "off": with_(CLUSTER, settings=[{"name": "containerInsights", "value": "disabled"}]),
            "nothing said": with_(CLUSTER, settings=None),
        },
        {"the older kind": with_(CLUSTER, settings=[{"name": "containerInsights", "value": "enabled"}])},
    ),
    "ECS.13": Cases(
        [SERVICE], {"no tags": with_(SERVICE, tags=None), "AWS's own alone": with_(SERVICE, tags={"aws:x": "y"})}
    ),
    "ECS.14": Cases([CLUSTER], {"no tags": with_(CLUSTER, tags=None)}),
    "ECS.15": Cases([task()], {"no tags": with_(task(), tags=None)}),
    "ECS.16": Cases(
        [TASK_SET],
        {
            "a public address": with_(TASK_SET, networkConfiguration__assignPublicIp=True),
            "nothing said": with_(TASK_SET, networkConfiguration=None),
        },
    ),
    "ECS.17": Cases(
        [task()], {"the host's": with_(task(), networkMode="host"), "nothing said": with_(task(), networkMode=None)}
    ),
    "ECS.18": Cases(
        [efs(transitEncryption="ENABLED")],
        {"in plain": [efs(transitEncryption="DISABLED")], "nothing said": [efs()]},
        {"no volumes": [task()]},
    ),
    "ECS.19": Cases(
        [CAPACITY_PROVIDER],
        {
            "off": with_(CAPACITY_PROVIDER, autoScalingGroupProvider__managedTerminationProtection="DISABLED"),
            "nothing said": with_(CAPACITY_PROVIDER, autoScalingGroupProvider__managedTerminationProtection=None),
        },
    ),
    "ECS.20": Cases(
        [task()],
        {f"user {user}": container(user=user) for user in ("root", "0", "0:0", "root:users")}
        | {"nobody named": container(user=None)},
        {"by name": container(user="nobody")},
    ),
    "ECR.1": Cases(
        [REPOSITORY],
        {
            "off": with_(REPOSITORY, imageScanningConfiguration__scanOnPush=False),
            "nothing said": with_(REPOSITORY, imageScanningConfiguration=None),
        },
    ),
    "ECR.2": Cases(
        [REPOSITORY],
        {one: with_(REPOSITORY, imageTagMutability=one) for one in ("MUTABLE", "IMMUTABLE_WITH_EXCLUSION")}
        | {"nothing said": with_(REPOSITORY, imageTagMutability=None)},
    ),
    "ECR.3": Cases(
        [REPOSITORY, LIFECYCLE],
        {
            "none": [REPOSITORY],
            "another repository's": [REPOSITORY, resource(LIFECYCLE.type, "other", repository="other")],
        },
        {"by name": [*with_(REPOSITORY, name="auth"), resource(LIFECYCLE.type, "by-name", repository="auth")]},
    ),
    "ECR.4": Cases([PUBLIC], {"no tags": with_(PUBLIC, tags=None)}),
    "ECR.5": Cases(
        [REPOSITORY],
        {
            "Amazon's encryption": with_(REPOSITORY, encryptionConfigurations=[{"encryptionType": "AES256"}]),
            "AWS's key": with_(REPOSITORY, encryptionConfigurations=[{"encryptionType": "KMS"}]),
            "nothing said": with_(REPOSITORY, encryptionConfigurations=None),
        },
    ),
    "ELB.1": Cases(
        [HTTP],
        {
            "it forwards": FORWARDING,
            "to HTTP": with_(HTTP, defaultActions=[{"type": "redirect", "redirect": {"protocol": "HTTP"}}]),
        },
        {"HTTPS": [HTTPS]},
    ),
    "ELB.4": Cases(
        [BALANCER],
        {
            "off": with_(BALANCER, dropInvalidHeaderFields=False),
            "nothing said": with_(BALANCER, dropInvalidHeaderFields=None),
        },
        {"a network's": NETWORK_BALANCER},
    ),
    "ELB.5": Cases(
        [BALANCER],
        {"off": with_(BALANCER, accessLogs__enabled=False), "nothing said": with_(BALANCER, accessLogs=None)},
    ),
    "ELB.6": Cases(
        [BALANCER],
        {
            "off": with_(BALANCER, enableDeletionProtection=False),
            "nothing said": with_(BALANCER, enableDeletionProtection=None),
        },
    ),
    "ELB.12": Cases(
        [BALANCER],
        {
            "monitor": with_(BALANCER, desyncMitigationMode="monitor"),
            "nothing said": with_(BALANCER, desyncMitigationMode=None),
        },
        {"defensive": with_(BALANCER, desyncMitigationMode="defensive"), "a network's": NETWORK_BALANCER},
    ),
    "ELB.13": Cases(
        [BALANCER],
        {"one subnet": with_(BALANCER, subnets=["subnet-a"]), "nothing said": with_(BALANCER, subnets=None)},
        {"mapped": with_(BALANCER, subnets=None, subnetMappings=[{"subnetId": "a"}, {"subnetId": "b"}])},
    ),
    "ELB.16": Cases(
        [BALANCER, WEB_ACL],
        {
            "none": [BALANCER],
            "another load balancer's": [
                BALANCER,
                resource(
                    WEB_ACL.type, "other", depends={"resourceArn": "other"}, resourceArn="arn:other", webAclArn="w"
                ),
            ],
        },
        {"a network's": NETWORK_BALANCER},
    ),
    "ELB.17": Cases(
        [HTTPS],
        {
            "an old one": with_(HTTPS, sslPolicy="ELBSecurityPolicy-2016-08"),
            "nothing said": with_(HTTPS, sslPolicy=None),
        },
        {"HTTP": [HTTP]},
    ),
    "ELB.18": Cases(
        [HTTPS],
        {"HTTP": FORWARDING, "TCP": with_(HTTPS, protocol="TCP"), "nothing said": with_(HTTPS, protocol=None)},
        {"a redirect": [HTTP], "TLS": with_(HTTPS, protocol="TLS")},
    ),
    "ELB.21": Cases(
        [TARGETS],
        {
            "HTTP": with_(TARGETS, healthCheck__protocol="HTTP"),
            "nothing said": with_(TARGETS, healthCheck=None, protocol=None),
        },
        {"as the traffic": with_(TARGETS, healthCheck=None)},
    ),
    "ELB.22": Cases(
        [TARGETS], {"HTTP": with_(TARGETS, protocol="HTTP"), "nothing said": with_(TARGETS, protocol=None)}
    ),
    "EC2.2": Cases(
        [VPC, DEFAULT_GROUP],
        {
            "not taken over": [VPC],
            "a way in": [VPC, *with_(DEFAULT_GROUP, ingress=[{"protocol": "-1"}])],
            "a way out": [VPC, *with_(DEFAULT_GROUP, egress=[{"protocol": "-1"}])],
        },
    ),
    "EC2.6": Cases([VPC, FLOW_LOG], {"none": [VPC]}),
    "EC2.15": Cases(
        [SUBNET],
        {"on": with_(SUBNET, mapPublicIpOnLaunch=True)},
        {"the default": with_(SUBNET, mapPublicIpOnLaunch=None)},
    ),
    "EC2.16": Cases(
        [ACL], {"no subnets": with_(ACL, subnetIds=[])}, {"associated": [*with_(ACL, subnetIds=None), ACL_ASSOCIATION]}
    ),
    "EC2.18": Cases(
        [INGRESS, GROUP, GROUP_RULE],
        {
            "another port": with_(INGRESS, fromPort=9000, toPort=9000),
            "a range": with_(INGRESS, fromPort=80, toPort=443),
            "every protocol": with_(INGRESS, ipProtocol="-1", fromPort=None, toPort=None),
            "by IPv6": with_(INGRESS, cidrIpv4=None, cidrIpv6="::/0", fromPort=9000, toPort=9000),
            "inside the group": with_(
                GROUP, ingress=[{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}]
            ),
            "an old rule": with_(GROUP_RULE, cidrBlocks=["0.0.0.0/0"]),
        },
        {"a way out": with_(GROUP_RULE, type="egress", cidrBlocks=["0.0.0.0/0"])},
    ),
    "EC2.19": Cases(
        [INGRESS],
        {
            "its port": with_(INGRESS, fromPort=5432, toPort=5432),
            "a range around it": with_(INGRESS, fromPort=400, toPort=500),
            "every protocol": with_(INGRESS, ipProtocol="-1", fromPort=None, toPort=None),
        },
        {"from one network": with_(INGRESS, cidrIpv4="10.0.0.0/8", fromPort=22, toPort=22)},
    ),
    "EC2.21": Cases(
        [ACL, ACL_RULE],
        {
            "its port": with_(ACL_RULE, fromPort=22, toPort=22),
            "a range around it": with_(ACL_RULE, toPort=65535),
            "every protocol": with_(ACL_RULE, protocol="-1", fromPort=None, toPort=None),
            "inside the list": with_(
                ACL,
                ingress=[
                    {"action": "allow", "cidrBlock": "0.0.0.0/0", "protocol": "6", "fromPort": 3389, "toPort": 3389}
                ],
            ),
        },
        {
            "denied": with_(ACL_RULE, ruleAction="deny", fromPort=22, toPort=22),
            "a way out": with_(ACL_RULE, egress=True, fromPort=22, toPort=22),
        },
    ),
    "EC2.55": Cases([VPC, endpoint("ecr.api")], {"none": [VPC, endpoint("ecr.dkr")]}),
    "EC2.56": Cases([VPC, endpoint("ecr.dkr")], {"none": [VPC, endpoint("ecr.api")]}),
    "EC2.57": Cases([VPC, endpoint("ssm")], {"none": [VPC, endpoint("ssmmessages")]}),
    "CloudWatch.15": Cases(
        [ALARM], {"nobody": with_(ALARM, alarmActions=[]), "nothing said": with_(ALARM, alarmActions=None)}
    ),
    "CloudWatch.16": Cases(
        [LOG_GROUP],
        {"a month": with_(LOG_GROUP, retentionInDays=30)},
        {"for ever": with_(LOG_GROUP, retentionInDays=0), "the default": with_(LOG_GROUP, retentionInDays=None)},
    ),
    "CloudWatch.17": Cases(
        [ALARM], {"off": with_(ALARM, actionsEnabled=False), "nothing said": with_(ALARM, actionsEnabled=None)}
    ),
    "IAM.1": Cases(
        policy("aws:iam/policy:Policy", allow("s3:GetObject")),
        {
            "everything": policy("aws:iam/policy:Policy", allow("*", "*")),
            "spelt out": policy(ROLE_POLICY, allow(["s3:GetObject", "*:*"], ["*"])),
            "inside a role": inline(allow("*", "*")),
            "AWS's policy": [
                resource(
                    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                    policyArn="arn:aws:iam::aws:policy/AdministratorAccess",
                )
            ],
        },
        {"denied": policy(ROLE_POLICY, {"Effect": "Deny", "Action": "*", "Resource": "*"})},
    ),
    "IAM.2": Cases(
        [SERVICE],
        {
            "inline": [resource("aws:iam/userPolicy:UserPolicy", user="ann")],
            "attached": [resource("aws:iam/userPolicyAttachment:UserPolicyAttachment", user="ann")],
        },
    ),
    "IAM.21": Cases(
        policy("aws:iam/policy:Policy", allow(["s3:Get*", "s3:ListBucket"])),
        {
            "a service": policy(ROLE_POLICY, allow("s3:*")),
            "among others": inline(allow(["s3:GetObject", "ecr:*"])),
            "all but some": policy("aws:iam/policy:Policy", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        },
    ),
    "KMS.1": Cases(
        policy("aws:iam/policy:Policy", allow("kms:Decrypt", ONE_KEY)),
        {
            "every key": policy("aws:iam/policy:Policy", allow("kms:Decrypt", "*")),
            "every key of the account": policy("aws:iam/policy:Policy", allow("kms:ReEncrypt*", ALL_KEYS)),
            "by a wildcard": policy("aws:iam/policy:Policy", allow("kms:*", "*")),
            "all but some": policy("aws:iam/policy:Policy", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        },
        {"another action": policy("aws:iam/policy:Policy", allow("kms:DescribeKey", "*"))},
    ),
    "KMS.2": Cases(
        policy(ROLE_POLICY, allow("kms:Decrypt", ONE_KEY)),
        {
            "every key": policy(ROLE_POLICY, allow("kms:Decrypt", "*")),
            "inside a role": inline(allow("kms:Decrypt", ALL_KEYS)),
        },
    ),
    "KMS.4": Cases(
        [KEY], {"off": with_(KEY, enableKeyRotation=False), "nothing said": with_(KEY, enableKeyRotation=None)}
    ),
    "KMS.5": Cases(
        key_policy({"AWS": "arn:aws:iam::111111111111:root"}),
        {"everybody": key_policy("*"), "every account": key_policy({"AWS": ["*"]})},
        {
            "with a condition": key_policy("*", Condition={"StringEquals": {"kms:CallerAccount": "111111111111"}}),
            "a service": key_policy({"Service": "sns.amazonaws.com"}),
            "the default": [KEY],
        },
    ),
    "SQS.1": Cases(
        [QUEUE],
        {"off": with_(QUEUE, sqsManagedSseEnabled=False), "nothing said": with_(QUEUE, sqsManagedSseEnabled=None)},
        {"by a key": with_(QUEUE, sqsManagedSseEnabled=None, kmsMasterKeyId=ONE_KEY)},
    ),
    "SQS.2": Cases([QUEUE], {"no tags": with_(QUEUE, tags=None)}),
    "SQS.3": Cases(
        queue_policy({"Service": "sns.amazonaws.com"}),
        {
            "everybody": queue_policy("*"),
            "every account": queue_policy({"AWS": ["*"]}),
            "over TLS alone": queue_policy("*", Bool={"aws:SecureTransport": "true"}),
            "any topic": queue_policy("*", ArnLike={"aws:SourceArn": "arn:aws:sns:*:111111111111:*"}),
            "whoever asks, by a variable": queue_policy("*", StringEquals={"aws:userid": "${aws:userid}"}),
            "one account or another": queue_policy("*", StringEquals={"aws:SourceAccount": ["111111111111", "*"]}),
            "all accounts but one": queue_policy("*", StringNotEquals={"aws:SourceAccount": "111111111111"}),
            "services without an account": queue_policy(
                "*", StringEqualsIfExists={"aws:SourceAccount": "111111111111"}
            ),
            "any address": queue_policy("*", IpAddress={"aws:SourceIp": "0.0.0.0/0"}),
            "by a policy of its own": [
                resource("aws:sqs/queuePolicy:QueuePolicy", policy=queue_policy("*")[0].properties["policy"])
            ],
        },
        {
            "one topic": queue_policy("*", ArnEquals={"aws:SourceArn": "arn:aws:sns:eu-west-1:111111111111:orders"}),
            "one account": queue_policy("*", StringEquals={"AWS:SourceAccount": "111111111111"}),
            "one network": queue_policy("*", IpAddress={"aws:SourceIp": "192.0.2.0/24"}),
            "no policy": [QUEUE],
            "everybody refused": policy(
                QUEUE.type, {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
            ),
        },
    ),
    "SecretsManager.1": Cases([SECRET, ROTATION], {"none": [SECRET]}),
    "SecretsManager.4": Cases(
        [ROTATION],
        {
            "seldom": with_(ROTATION, rotationRules={"automaticallyAfterDays": 91}),
            "nothing said": with_(ROTATION, rotationRules=None),
        },
        {"by a schedule": with_(ROTATION, rotationRules={"scheduleExpression": "rate(10 days)"})},
    ),
    "ACM.1": Cases(
        [CERTIFICATE],
        {
            "by mail": with_(CERTIFICATE, validationMethod="EMAIL"),
            "imported": with_(CERTIFICATE, validationMethod=None),
        },
    ),
    "ACM.2": Cases(
        [CERTIFICATE],
        {"short": with_(CERTIFICATE, keyAlgorithm="RSA_1024")},
        {"the default": with_(CERTIFICATE, keyAlgorithm=None)},
    ),
}
