"""Alarms are evaluated on the data, in sandbox time, and tell SNS."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.sandbox.cloudwatch.conftest import Cloud


def test_a_new_alarm_has_insufficient_data_until_it_is_evaluated(cloud: Cloud) -> None:
    cloud.alarm("new", TreatMissingData="notBreaching")
    new = cloud.described("new")
    assert (new["StateValue"], new["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    cloud.wait(60)
    checked = cloud.described("new")
    assert checked["StateValue"] == "OK"
    assert checked["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[NonBreaching]."
    )


@pytest.mark.parametrize(
    ("treatment", "state"),
    [("missing", "INSUFFICIENT_DATA"), ("ignore", "OK"), ("breaching", "ALARM"), ("notBreaching", "OK")],
)
def test_missing_data_is_treated_as_the_alarm_says(cloud: Cloud, treatment: str, state: str) -> None:
    name = f"missing-{treatment}"
    cloud.alarm(name, TreatMissingData=treatment)
    cloud.put(name, 0)
    cloud.wait(60)
    assert cloud.state(name) == "OK"
    cloud.wait(240)  # the data point has left the evaluation range
    assert cloud.state(name) == state


def test_an_alarm_turns_and_turns_back_in_awss_words(cloud: Cloud) -> None:
    cloud.alarm("turning", EvaluationPeriods=2, DatapointsToAlarm=2, Threshold=5)
    at = cloud.now()
    for value in (6, 7):
        cloud.put("turning", value)
        cloud.wait(60)
    alarm = cloud.described("turning")
    assert alarm["StateValue"] == "ALARM"
    second, first = ((at + timedelta(minutes=n)).strftime("%d/%m/%y %H:%M:%S") for n in (0, 1))
    assert alarm["StateReason"] == (
        f"Threshold Crossed: 2 out of the last 2 datapoints [7.0 ({first}), 6.0 ({second})] were greater than the "
        "threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )
    data = json.loads(alarm["StateReasonData"])
    assert data["version"] == "1.0"
    assert (data["statistic"], data["period"], data["threshold"]) == ("Sum", 60, 5.0)
    assert data["recentDatapoints"] == [6.0, 7.0]
    assert [point["value"] for point in data["evaluatedDatapoints"]] == [7.0, 6.0]
    assert alarm["StateUpdatedTimestamp"] == at + timedelta(minutes=2)
    cloud.put("turning", 1)
    cloud.wait(60)
    assert cloud.described("turning")["StateReason"].endswith(
        "was not greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )


def test_sns_gets_awss_message_and_hands_it_to_subscribers(cloud: Cloud) -> None:
    topic, queue = cloud.topic_with_queue("told")
    cloud.alarm("told", AlarmActions=[topic], OKActions=[topic], AlarmDescription="too many")
    cloud.put("told", 3)
    cloud.wait(60)
    envelope = cloud.received(queue)[0]
    message = json.loads(envelope["Message"])
    assert envelope["Subject"] == 'ALARM: "told" in EU (Ireland)'
    assert {key: message[key] for key in ("AlarmName", "AlarmDescription", "AWSAccountId", "Region")} == {
        "AlarmName": "told",
        "AlarmDescription": "too many",
        "AWSAccountId": "111111111111",
        "Region": "EU (Ireland)",
    }
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert message["NewStateReason"] == cloud.described("told")["StateReason"]
    assert message["AlarmActions"] == [topic]
    trigger = message["Trigger"]
    assert (trigger["MetricName"], trigger["StatisticType"], trigger["Statistic"]) == ("told", "Statistic", "SUM")
    cloud.wait(60)
    assert cloud.received(queue) == []  # it has not turned, so it tells nothing


def test_disabled_actions_are_not_carried_out_and_a_missing_topic_fails_in_the_history(cloud: Cloud) -> None:
    topic, queue = cloud.topic_with_queue("silent")
    gone = f"{topic}-gone"
    cloud.alarm("silent", AlarmActions=[topic])
    cloud.alarm("lost", AlarmActions=[gone])
    cloud.watch.disable_alarm_actions(AlarmNames=["silent"])
    assert cloud.described("silent")["ActionsEnabled"] is False
    for name in ("silent", "lost"):
        cloud.put(name, 1)
    cloud.wait(60)
    assert cloud.state("silent") == "ALARM"
    assert cloud.received(queue) == []
    history = cloud.watch.describe_alarm_history(AlarmName="lost", HistoryItemType="Action")["AlarmHistoryItems"]
    assert [item["HistorySummary"].partition(".")[0] for item in history] == [f"Failed to execute action {gone}"]


def test_the_history_tells_of_creation_turns_and_actions_newest_first(cloud: Cloud) -> None:
    topic, _ = cloud.topic_with_queue("history")
    cloud.alarm("history", AlarmActions=[topic])
    cloud.put("history", 1)
    cloud.wait(60)
    items = cloud.watch.describe_alarm_history(AlarmName="history")["AlarmHistoryItems"]
    assert [(item["HistoryItemType"], item["HistorySummary"]) for item in items] == [
        ("Action", f"Successfully executed action {topic}"),
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
        ("ConfigurationUpdate", 'Alarm "history" created'),
    ]
    turned = json.loads(items[1]["HistoryData"])
    assert turned["newState"]["stateReasonData"]["recentDatapoints"] == [1.0]


def test_a_state_that_is_set_holds_until_the_next_evaluation(cloud: Cloud) -> None:
    topic, queue = cloud.topic_with_queue("set")
    cloud.alarm("set", TreatMissingData="notBreaching", AlarmActions=[topic])
    cloud.wait(60)
    cloud.wait(10)
    cloud.watch.set_alarm_state(AlarmName="set", StateValue="ALARM", StateReason="a drill")
    assert len(cloud.received(queue)) == 1
    cloud.wait(49)
    assert (cloud.state("set"), cloud.described("set")["StateReason"]) == ("ALARM", "a drill")
    cloud.wait(1)
    assert cloud.state("set") == "OK"


def test_an_update_leaves_the_state_alone(cloud: Cloud) -> None:
    cloud.alarm("updated")
    cloud.put("updated", 1)
    cloud.wait(60)
    cloud.alarm("updated", Threshold=100)
    assert cloud.state("updated") == "ALARM"
    cloud.wait(60)
    assert cloud.state("updated") == "OK"


def test_a_window_of_several_minutes_slides_by_the_minute(cloud: Cloud) -> None:
    cloud.alarm("sliding", Period=300, Threshold=2)
    for _ in range(3):
        cloud.put("sliding", 1)
        cloud.wait(60)
    assert cloud.state("sliding") == "ALARM"  # three minutes after the first datum, not five


def test_math_alarms_are_evaluated_on_their_metrics(cloud: Cloud) -> None:
    def metric(name: str) -> dict[str, Any]:
        stat = {"Metric": {"Namespace": "tests", "MetricName": name}, "Period": 60, "Stat": "Sum"}
        return {"Id": name, "MetricStat": stat, "ReturnData": False}

    share = {"Id": "share", "Expression": "IF(requests > 0, FILL(errors, 0) / requests * 100, 0)"}
    cloud.watch.put_metric_alarm(
        AlarmName="share",
        Metrics=[metric("errors"), metric("requests"), share],
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloud.put("requests", 200)
    cloud.wait(60)
    assert cloud.state("share") == "OK"
    cloud.put("requests", 200)
    cloud.put("errors", 11)
    cloud.wait(60)
    assert cloud.state("share") == "ALARM"
    assert "[5.5 (" in cloud.described("share")["StateReason"]


def test_a_composite_alarm_follows_its_children_at_once(cloud: Cloud) -> None:
    topic, queue = cloud.topic_with_queue("both")
    for name in ("left", "right"):
        cloud.alarm(name, TreatMissingData="ignore")
    cloud.watch.put_composite_alarm(
        AlarmName="both", AlarmRule='ALARM("left") AND NOT OK("right")', AlarmActions=[topic]
    )
    assert cloud.state("both") == "OK"
    cloud.watch.set_alarm_state(AlarmName="right", StateValue="ALARM", StateReason="x")
    assert cloud.state("both") == "OK"
    cloud.watch.set_alarm_state(AlarmName="left", StateValue="ALARM", StateReason="x")
    both, left = cloud.described("both"), cloud.described("left")
    assert both["StateValue"] == "ALARM"
    assert both["StateReason"].startswith(f"{left['AlarmArn']} transitioned to ALARM at ")
    message = json.loads(cloud.received(queue)[0]["Message"])
    assert [child["Arn"] for child in message["TriggeringChildren"]] == [left["AlarmArn"]]
    cloud.watch.set_alarm_state(AlarmName="right", StateValue="OK", StateReason="x")
    assert cloud.state("both") == "OK"


def test_a_composite_alarm_that_was_set_stays_until_a_child_turns(cloud: Cloud) -> None:
    cloud.alarm("child", TreatMissingData="notBreaching")
    cloud.watch.put_composite_alarm(AlarmName="parent", AlarmRule="ALARM(child)")
    cloud.watch.set_alarm_state(AlarmName="parent", StateValue="ALARM", StateReason="a drill")
    cloud.wait(30)
    assert cloud.state("parent") == "ALARM"
    cloud.wait(60)  # the child turns to OK
    assert cloud.state("parent") == "OK"


def test_an_alarm_that_a_composite_alarm_looks_at_cannot_be_deleted_before_it(cloud: Cloud) -> None:
    cloud.alarm("held")
    cloud.watch.put_composite_alarm(AlarmName="holder", AlarmRule="ALARM(held)")
    with pytest.raises(ClientError, match="Cannot delete held as there are primary alarms depending on it"):
        cloud.watch.delete_alarms(AlarmNames=["held"])
    cloud.watch.delete_alarms(AlarmNames=["holder", "held"])
    assert cloud.watch.describe_alarms(AlarmNames=["held", "holder"])["MetricAlarms"] == []
    assert cloud.watch.describe_alarm_history(AlarmName="held")["AlarmHistoryItems"]


def test_eventbridge_hears_of_a_turn(cloud: Cloud) -> None:
    queue = cloud.clients["sqs"].create_queue(QueueName="turns")["QueueUrl"]
    arn = "arn:aws:sqs:eu-west-1:111111111111:turns"
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]})
    cloud.clients["sqs"].set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": ["heard"]}}
    cloud.clients["events"].put_rule(Name="turns", EventPattern=json.dumps(pattern))
    cloud.clients["events"].put_targets(Rule="turns", Targets=[{"Id": "queue", "Arn": arn}])
    cloud.alarm("heard")
    cloud.put("heard", 1)
    cloud.wait(60)
    event = cloud.received(queue)[0]
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert (event["detail"]["previousState"]["value"], event["detail"]["state"]["value"]) == (
        "INSUFFICIENT_DATA",
        "ALARM",
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Period": 61}, "ValidationError"),
        ({"Period": 3000, "EvaluationPeriods": 60}, "ValidationError"),
        ({"DatapointsToAlarm": 2}, "ValidationError"),
        ({"TreatMissingData": "fine"}, "ValidationError"),
        ({"ExtendedStatistic": "p99"}, "InvalidParameterCombination"),
        ({"Statistic": None, "ExtendedStatistic": "tm90"}, "InvalidParameterValue"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "ValidationError"),
    ],
)
def test_what_is_no_alarm_is_refused(cloud: Cloud, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refusal:
        cloud.alarm("refused", **changes)
    assert refusal.value.response["Error"]["Code"] == code
    assert cloud.watch.describe_alarms(AlarmNames=["refused"])["MetricAlarms"] == []


def test_unknown_alarms_and_math_are_refused_by_name(cloud: Cloud) -> None:
    with pytest.raises(cloud.watch.exceptions.ResourceNotFound):
        cloud.watch.set_alarm_state(AlarmName="nobody", StateValue="OK", StateReason="x")
    with pytest.raises(ClientError, match=r"alarms \[nobody\] in the alarm rule do not exist"):
        cloud.watch.put_composite_alarm(AlarmName="x", AlarmRule="ALARM(nobody)")
    with pytest.raises(ClientError, match="does not imitate SEARCH"):
        cloud.watch.put_metric_alarm(
            AlarmName="x",
            Metrics=[{"Id": "e1", "Expression": "SEARCH(m1)", "Period": 60}],
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )


def test_alarms_have_tags(cloud: Cloud) -> None:
    cloud.alarm("tagged", Tags=[{"Key": "team", "Value": "a"}])
    arn = cloud.described("tagged")["AlarmArn"]
    cloud.watch.tag_resource(ResourceARN=arn, Tags=[{"Key": "env", "Value": "test"}])
    cloud.watch.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert cloud.watch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "env", "Value": "test"}]
