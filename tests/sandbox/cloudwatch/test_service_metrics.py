"""The metrics of a service follow from what its tasks do, and its alarms fail its deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from sandbox.cli import sandbox
from sandbox.sandbox_error import SandboxError
from tests.sandbox.cloudwatch.conftest import SERVICE

if TYPE_CHECKING:
    from tests.sandbox.cloudwatch.conftest import Cloud

ELB = "AWS/ApplicationELB"


def five_hundreds(cloud: Cloud, name: str) -> None:
    """An alarm on more than 30 errors of targets in each of two minutes."""
    dimensions = [{"Name": key, "Value": value} for key, value in (cloud.balancer() | cloud.group()).items()]
    cloud.alarm(
        name,
        Namespace=ELB,
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=dimensions,
        EvaluationPeriods=2,
        Threshold=30,
        TreatMissingData="notBreaching",
    )
    cloud.wait(60)


def test_a_service_that_runs_well_has_the_metrics_that_aws_documents(serving: Cloud) -> None:
    balancer, group = serving.balancer(), serving.group()
    serving.clients["ecs"].update_cluster_settings(
        cluster="microservices-cluster", settings=[{"name": "containerInsights", "value": "enabled"}]
    )
    serving.to_full_minute()
    serving.wait(60)
    both = balancer | group
    measured = {
        ("RequestCount", "Sum"): serving.latest(ELB, "RequestCount", balancer),
        ("RequestCount", "group"): serving.latest(ELB, "RequestCount", both),
        ("2XX", "Sum"): serving.latest(ELB, "HTTPCode_Target_2XX_Count", both),
        ("5XX", "Sum"): serving.latest(ELB, "HTTPCode_Target_5XX_Count", both),
        ("ELB 5XX", "Sum"): serving.latest(ELB, "HTTPCode_ELB_5XX_Count", balancer),
        ("PerTarget", "Sum"): serving.latest(ELB, "RequestCountPerTarget", group),
        ("Time", "p99"): serving.latest(ELB, "TargetResponseTime", both, "p99"),
        ("Healthy", "Minimum"): serving.latest(ELB, "HealthyHostCount", both, "Minimum"),
        ("UnHealthy", "Maximum"): serving.latest(ELB, "UnHealthyHostCount", both, "Maximum"),
        ("CPU", "Average"): serving.latest("AWS/ECS", "CPUUtilization", SERVICE, "Average"),
        ("CPU", "SampleCount"): serving.latest("AWS/ECS", "CPUUtilization", SERVICE, "SampleCount"),
        ("Running", "Average"): serving.latest("ECS/ContainerInsights", "RunningTaskCount", SERVICE, "Average"),
        ("Desired", "Average"): serving.latest("ECS/ContainerInsights", "DesiredTaskCount", SERVICE, "Average"),
        ("Pending", "Average"): serving.latest("ECS/ContainerInsights", "PendingTaskCount", SERVICE, "Average"),
    }
    assert measured == {
        ("RequestCount", "Sum"): 600,  # ten a second
        ("RequestCount", "group"): 600,
        ("2XX", "Sum"): 600,
        ("5XX", "Sum"): None,
        ("ELB 5XX", "Sum"): None,
        ("PerTarget", "Sum"): 300,
        ("Time", "p99"): 0.05,
        ("Healthy", "Minimum"): 2,
        ("UnHealthy", "Maximum"): 0,
        ("CPU", "Average"): 24,  # 5 requests a second of 10 ms each, and a little, of a quarter of a vCPU
        ("CPU", "SampleCount"): 2,
        ("Running", "Average"): 2,
        ("Desired", "Average"): 2,
        ("Pending", "Average"): 0,
    }


def test_an_errors_image_trips_an_alarm_that_rolls_its_deployment_back(serving: Cloud) -> None:
    good = serving.service()["taskDefinition"]
    five_hundreds(serving, "5xx")
    assert serving.state("5xx") == "OK"
    serving.deploy(
        serving.register("1.1.0", "errors:rate=40"),
        alarms={"alarmNames": ["5xx"], "enable": True, "rollback": True},
    )
    for _ in range(10):
        serving.wait(60)
        if serving.state("5xx") == "ALARM":
            break
    assert serving.state("5xx") == "ALARM"
    deployment = serving.clients["ecs"].list_service_deployments(
        service="auth-service", cluster="microservices-cluster"
    )["serviceDeployments"][0]
    assert deployment["status"] in {"ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"}
    assert deployment["statusReason"] == "Service deployment rolled back because a CloudWatch alarm was detected."
    whole = serving.clients["ecs"].describe_service_deployments(
        serviceDeploymentArns=[deployment["serviceDeploymentArn"]]
    )["serviceDeployments"][0]
    assert whole["alarms"]["triggeredAlarmNames"] == ["5xx"]
    turned = serving.described("5xx")["StateTransitionedTimestamp"]
    assert abs((whole["rollback"]["startedAt"] - turned).total_seconds()) < 1
    serving.wait(900)
    after = serving.service()
    assert (after["taskDefinition"], after["runningCount"]) == (good, 2)
    assert serving.state("5xx") == "OK"  # the errors are gone with their tasks


def test_tasks_of_an_errors_image_log_what_a_metric_filter_counts(serving: Cloud) -> None:
    serving.clients["logs"].put_metric_filter(
        logGroupName="/ecs/auth-service",
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[{"metricName": "Errors", "metricNamespace": "App", "metricValue": "1"}],
    )
    serving.deploy(serving.register("1.1.0", "errors:rate=50"))
    serving.wait(600)
    serving.to_full_minute()
    assert serving.latest("App", "Errors", {}) == 2  # a line of each task
    tasks = serving.clients["ecs"].list_tasks(cluster="microservices-cluster")["taskArns"]
    streams = {f"auth/auth-service/{arn.rpartition('/')[2]}" for arn in tasks}
    events = serving.clients["logs"].filter_log_events(logGroupName="/ecs/auth-service", filterPattern="ERROR")[
        "events"
    ]
    assert {event["logStreamName"] for event in events} == streams
    assert events[-1]["message"].endswith("ERROR 150 of 300 requests of the last minute were answered with status 500")


def test_requests_without_a_healthy_target_fail(serving: Cloud) -> None:
    serving.clients["ecs"].update_service(cluster="microservices-cluster", service="auth-service", desiredCount=0)
    serving.wait(600)
    serving.to_full_minute()
    assert serving.latest(ELB, "HTTPCode_ELB_5XX_Count", serving.balancer()) == 600
    assert serving.latest(ELB, "RequestCount", serving.balancer()) is None  # no target was chosen for any
    assert serving.latest("AWS/ECS", "CPUUtilization", SERVICE) is None  # nothing runs


def test_weights_of_a_rule_share_the_traffic_between_target_groups(serving: Cloud) -> None:
    elb = serving.clients["elbv2"]
    vpc = elb.describe_target_groups()["TargetGroups"][0]["VpcId"]
    other = elb.create_target_group(Name="green", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    listener = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
    weighted = [{"TargetGroupArn": serving.place["target"], "Weight": 3}, {"TargetGroupArn": other, "Weight": 1}]
    elb.modify_listener(
        ListenerArn=listener, DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}]
    )
    serving.to_full_minute()
    serving.wait(60)
    assert serving.latest(ELB, "RequestCount", serving.balancer() | serving.group()) == 450


def test_the_traffic_is_a_setting(serving: Cloud) -> None:
    box = serving.box
    assert box.traffic() == {"default": 10.0, "environments": {"test": {}, "stage": {}, "prod": {}}}
    serving.to_full_minute()
    assert box.set_traffic("auth-service", 50)["environments"]["test"] == {"auth-service": 50.0}
    serving.wait(60)
    assert serving.latest(ELB, "RequestCount", serving.balancer()) == 3000
    box.down()
    box.up(stacks=False)
    assert box.traffic()["environments"]["test"] == {"auth-service": 50.0}


@pytest.mark.parametrize("rate", [-1, float("nan"), 1e9])
def test_traffic_that_cannot_be_is_refused(serving: Cloud, rate: float) -> None:
    with pytest.raises(SandboxError, match="traffic must be from 0 to"):
        serving.box.set_traffic("auth-service", rate)


def test_the_traffic_is_set_and_shown_on_the_command_line(serving: Cloud) -> None:
    folder = ["--dir", str(serving.box.directory)]
    runner = CliRunner()
    assert runner.invoke(sandbox, ["traffic", "auth-service", "20", *folder]).exit_code == 0
    shown = runner.invoke(sandbox, ["traffic", *folder]).output
    assert shown.splitlines() == [
        "10 requests a second to each service behind a load balancer, but for",
        "  test auth-service: 20",
    ]
    refused = runner.invoke(sandbox, ["traffic", "auth-service", *folder])
    assert (refused.exit_code, "say how many" in refused.output) == (2, True)
