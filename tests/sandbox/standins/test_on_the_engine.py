"""The AWS stand-in under the real engine, in a program against the real SDK."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from sandbox.lifecycle import Sandbox
from tests.sandbox.language.project import Project
from tools.toolchain import wrapper

pytestmark = pytest.mark.integration

HEAD = """
    import json
    import pulumi
    import pulumi_aws as aws

    provider = aws.Provider(
        "test",
        region="eu-west-1",
        allowed_account_ids=["{account}"],
        default_tags=aws.ProviderDefaultTagsArgs(tags={{"environment": "test"}}),
    )
    own = pulumi.ResourceOptions(provider=provider)
    config = pulumi.Config()
"""


@pytest.fixture
def project(tmp_path: Path, box: Sandbox) -> Project:
    """A project whose AWS plugin is the stand-in, in the test account of the sandbox."""
    made = Project(tmp_path / "project")
    launcher = made.folder / "bin" / "pulumi-resource-aws"
    launcher.write_text(wrapper(Path(sys.executable), "sandbox.standins.aws"))
    launcher.chmod(0o755)
    shell = {name: value for name, value in box.variables("test").items() if name.startswith("AWS_")}
    made.environment |= {name: value for name, value in shell.items() if value is not None}
    program(made, "")
    made.init()
    return made


def program(project: Project, text: str, account: str = "111111111111") -> None:
    project.write("__main__.py", dedent(HEAD.format(account=account)) + dedent(text))


SERVICE = """
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=own)
    subnets = [
        aws.ec2.Subnet(f"s{n}", vpc_id=vpc.id, cidr_block=f"10.0.{n}.0/24", availability_zone=zone, opts=own)
        for n, zone in enumerate(("eu-west-1a", "eu-west-1b"))
    ]
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = aws.iam.Role("role", assume_role_policy=trust, opts=own)
    secret = aws.secretsmanager.Secret("secret", recovery_window_in_days=0, opts=own)
    aws.secretsmanager.SecretVersion("v", secret_id=secret.id, opts=own,
        secret_string=config.require_secret("password"))
    cluster = aws.ecs.Cluster("cluster", opts=own)
    definition = aws.ecs.TaskDefinition("web", family="engine-web", cpu="256", memory="512", network_mode="awsvpc",
        requires_compatibilities=["FARGATE"], execution_role_arn=role.arn, skip_destroy=True,
        container_definitions=pulumi.Output.json_dumps([{
            "name": "web", "image": "127.0.0.1/web:" + config.get("version", "1"),
            "secrets": [{"name": "PASSWORD", "valueFrom": secret.arn}]}]), opts=own)
    service = aws.ecs.Service("web", cluster=cluster.arn, task_definition=definition.arn, launch_type="FARGATE",
        network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(subnets=[s.id for s in subnets]), opts=own)
    pulumi.export("service", service.name)
    pulumi.export("account", aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=provider)).account_id)
"""


def changes(output: str) -> dict[str, int]:
    """The counts below `Resources:`."""
    counts = re.findall(r"^ +[-+~]* ?(\d+) ([a-z ]+)$", output.partition("Resources:")[2], re.MULTILINE)
    return {words.removeprefix("to ").strip(): int(count) for count, words in counts}


def test_a_service_is_deployed_changed_refreshed_and_destroyed(project: Project) -> None:
    program(project, SERVICE)
    project.pulumi("config", "set", "--secret", "password", stdin="hunter2")
    made = project.up()
    assert made.code == 0, made.output
    outputs = json.loads(project.pulumi("stack", "output", "--json").stdout)
    assert re.fullmatch(r"web-[0-9a-f]{7}", outputs["service"])
    assert outputs["account"] == "111111111111"
    state = "".join(path.read_text() for path in project.folder.glob("backend/.pulumi/stacks/**/*.json"))
    assert "engine-web" in state
    assert "hunter2" not in state + made.output

    again = project.pulumi("up", "--yes", "--expect-no-changes")
    assert again.code == 0, again.output
    refreshed = project.pulumi("refresh", "--yes", "--expect-no-changes")
    assert refreshed.code == 0, refreshed.output

    project.pulumi("config", "set", "version", "2")
    previewed = project.pulumi("preview", "--diff")
    assert "+-aws:ecs/taskDefinition:TaskDefinition: (replace)" in previewed.output
    assert "~ aws:ecs/service:Service: (update)" in previewed.output
    assert changes(previewed.output) == {"update": 1, "replace": 1}, previewed.output
    updated = project.up()
    assert updated.code == 0, updated.output
    assert project.pulumi("preview", "--expect-no-changes").code == 0

    destroyed = project.pulumi("destroy", "--yes")
    assert destroyed.code == 0, destroyed.output


def test_what_is_not_imitated_ends_the_preview_with_one_clear_sentence(project: Project) -> None:
    program(project, 'aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", ipv6_ipam_pool_id="pool", opts=own)\n')
    previewed = project.pulumi("preview")
    assert previewed.code != 0
    assert "does not imitate `ipv6IpamPoolId`" in previewed.output
    program(project, 'aws.glacier.Vault("vault", opts=own)\n')
    previewed = project.pulumi("preview")
    assert previewed.code != 0
    assert "aws:glacier/vault:Vault: the AWS stand-in does not imitate this type" in previewed.output
    assert "Traceback" not in previewed.output


def test_the_wrong_account_is_refused_in_the_preview(project: Project) -> None:
    program(project, 'aws.ecs.Cluster("cluster", opts=own)\n', account="222222222222")
    previewed = project.pulumi("preview")
    assert previewed.code != 0
    assert "AWS account ID not allowed: 111111111111 (allowed: 222222222222)" in previewed.output


def test_a_half_made_resource_is_finished_by_the_next_up(project: Project) -> None:
    gateway = 'aws.ec2.InternetGateway("gateway", vpc_id={vpc}, opts=own)\n'
    program(project, gateway.format(vpc='"vpc-00000000"'))
    failed = project.up()
    assert failed.code != 0
    assert "AttachInternetGateway" in failed.output
    network = 'vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=own)\n'
    program(project, network + gateway.format(vpc="vpc.id"))
    finished = project.up()
    assert finished.code == 0, finished.output
    assert changes(finished.output)["updated"] == 1, finished.output


def test_what_exists_is_imported(project: Project) -> None:
    program(project, 'aws.cloudwatch.LogGroup("logs", name="/engine/imported", retention_in_days=7, opts=own)\n')
    assert project.up().code == 0
    urn = next(
        each["urn"]
        for each in json.loads(project.pulumi("stack", "export").stdout)["deployment"]["resources"]
        if each["type"] == "aws:cloudwatch/logGroup:LogGroup"
    )
    assert project.pulumi("state", "delete", urn, "--yes").code == 0
    imported = 'opts=pulumi.ResourceOptions(provider=provider, import_="/engine/imported")'
    program(project, f'aws.cloudwatch.LogGroup("logs", name="/engine/imported", retention_in_days=7, {imported})\n')
    ran = project.up()
    assert ran.code == 0, ran.output
    assert "1 imported" in ran.output
    program(project, 'aws.cloudwatch.LogGroup("logs", name="/engine/imported", retention_in_days=7, opts=own)\n')
    assert project.pulumi("up", "--yes", "--expect-no-changes").code == 0
    assert project.pulumi("destroy", "--yes").code == 0


def test_a_changed_default_tag_reaches_what_exists(project: Project) -> None:
    cluster = 'aws.ecs.Cluster("cluster", opts=own)\n'
    program(project, cluster)
    assert project.up().code == 0
    text = (project.program / "__main__.py").read_text()
    project.write("__main__.py", text.replace('"environment": "test"', '"environment": "test", "owner": "web"'))
    previewed = project.pulumi("preview", "--diff")
    assert "owner" in previewed.output, previewed.output
    updated = project.up()
    assert updated.code == 0, updated.output
    resources = json.loads(project.pulumi("stack", "export").stdout)["deployment"]["resources"]
    made = next(each for each in resources if each["type"] == "aws:ecs/cluster:Cluster")
    assert made["outputs"]["tagsAll"] == {"environment": "test", "owner": "web"}
    assert project.pulumi("preview", "--expect-no-changes").code == 0


def test_a_provider_whose_settings_only_up_will_know_is_previewed_and_then_checked(project: Project) -> None:
    settings = """
    named = aws.sns.Topic("named", opts=own)
    later = aws.Provider("later", region="eu-west-1", allowed_account_ids=[{account}],
        default_tags=aws.ProviderDefaultTagsArgs(tags={{"topic": named.arn}}))
    aws.sns.Topic("topic", opts=pulumi.ResourceOptions(provider=later))
    """
    program(project, settings.format(account="named.owner"))
    previewed = project.pulumi("preview")
    assert previewed.code == 0, previewed.output
    program(project, settings.format(account='named.owner.apply(lambda _: "222222222222")'))
    refused = project.up()
    assert refused.code != 0
    assert "AWS account ID not allowed: 111111111111 (allowed: 222222222222)" in refused.output
    program(project, settings.format(account="named.owner"))
    made = project.up()
    assert made.code == 0, made.output
    assert project.pulumi("destroy", "--yes").code == 0
