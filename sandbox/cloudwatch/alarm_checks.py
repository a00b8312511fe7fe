"""What CloudWatch refuses when an alarm is put (AWS: "PutMetricAlarm", "PutCompositeAlarm", CloudWatch API reference).

The rules are documented; the words are observed where AWS's are known, and assumed elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws_error import AwsError
from sandbox.cloudwatch import alarm_rule, metric_math
from sandbox.cloudwatch.evaluation import COMPARISONS, Missing
from sandbox.cloudwatch.samples import is_statistic

Json = dict[str, Any]

_OF_ONE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
_SHORT_PERIODS = (10, 20, 30)
_MINUTE = 60
_WEEK = 604_800
_NOT_IMITATED = (
    "EvaluationCriteria",
    "EvaluationInterval",
    "EvaluationWindow",
    "WarmUpConfiguration",
    "ThresholdMetricId",
)


def invalid(message: str) -> AwsError:
    """CloudWatch's refusal of a value."""
    return AwsError("ValidationError", message)


def check_metric_alarm(params: Json) -> None:
    """Refuse what is no metric alarm, and what the sandbox cannot evaluate."""
    for member in _NOT_IMITATED:
        if member in params:
            raise invalid(f"The Slipway sandbox does not imitate {member} of an alarm.")
    if params["ComparisonOperator"] not in COMPARISONS:
        raise invalid(f"The Slipway sandbox does not imitate {params['ComparisonOperator']}: anomaly detection.")
    if "Threshold" not in params:
        raise invalid("The parameter Threshold is required for alarms based on static thresholds.")
    if (params.get("TreatMissingData") or "missing") not in list(Missing):
        raise invalid(
            f"Option {params['TreatMissingData']} is not supported. "
            "Supported options for parameter TreatMissingData are breaching, notBreaching, ignore and missing."
        )
    if (params.get("EvaluateLowSampleCountPercentile") or "evaluate") not in {"evaluate", "ignore"}:
        raise invalid(
            f"Option {params['EvaluateLowSampleCountPercentile']} is not supported. "
            "Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore."
        )
    if params.get("DatapointsToAlarm", 1) > params["EvaluationPeriods"]:
        raise invalid("The value of DatapointsToAlarm must be less than or equal to the value of EvaluationPeriods.")
    if params.get("Metrics"):
        _check_math(params)
    else:
        _check_metric(params)


def _check_metric(params: Json) -> None:
    missing = [member for member in ("MetricName", "Namespace", "Period") if member not in params]
    if missing:
        raise invalid(f"The parameter {missing[0]} is required.")
    if ("Statistic" in params) is ("ExtendedStatistic" in params):
        raise AwsError(
            "InvalidParameterCombination", "Exactly one of Statistic and ExtendedStatistic must be specified."
        )
    if "ExtendedStatistic" in params:
        check_statistic(params["ExtendedStatistic"], "ExtendedStatistic")
    check_period(params["Period"], params["EvaluationPeriods"])


def check_statistic(name: str, member: str) -> None:
    """Refuse a statistic that the sandbox cannot compute."""
    if not is_statistic(name):
        raise AwsError("InvalidParameterValue", f"The value {name} for parameter {member} is not supported.")


def check_period(period: int, count: int) -> None:
    """AWS: the periods looked at must not exceed a day, or a week with periods of an hour and more: documented."""
    if period not in _SHORT_PERIODS and (period % _MINUTE or period < _MINUTE):
        raise invalid(f"Invalid metric alarm period: {period}. Valid values are 10, 20, 30, and any multiple of 60.")
    longest = _WEEK if period >= 3600 else 86_400  # noqa: PLR2004 - an hour
    if period * count > longest:
        raise invalid(
            "Metrics cannot be checked across more than "
            f"{'seven days' if longest == _WEEK else 'a day'} (EvaluationPeriods * Period must be <= {longest})."
        )


def _check_math(params: Json) -> None:
    also = [member for member in _OF_ONE_METRIC if params.get(member)]
    if also:
        raise invalid(f"The parameters Metrics and {also[0]} are mutually exclusive.")
    queries = params["Metrics"]
    returned = [query for query in queries if query.get("ReturnData", True)]
    if len(returned) != 1:
        raise invalid("Exactly one element of the metrics list should return data.")
    check_queries(queries)
    periods = {query["MetricStat"]["Period"] for query in queries if query.get("MetricStat")}
    periods |= {query["Period"] for query in queries if query.get("Period")}
    if len(periods) != 1:
        raise invalid("Period must be the same for all metrics of an alarm." if periods else "Period must not be null")
    check_period(periods.pop(), params["EvaluationPeriods"])


def check_queries(queries: list[Json]) -> None:
    """Refuse queries that name nothing, or what the sandbox does not know."""
    known = {query["Id"]: query for query in queries}
    if len(known) < len(queries):
        raise invalid("The value for the id of a metric data query must be unique.")
    for name, query in known.items():
        if bool(query.get("Expression")) is bool(query.get("MetricStat")):
            raise invalid(f"Exactly one of Expression and MetricStat must be specified for query {name}.")
        if query.get("MetricStat"):
            check_statistic(query["MetricStat"]["Stat"], "Stat")
            continue
        try:
            ids = metric_math.parse(query["Expression"]).ids
        except metric_math.MathError as error:
            raise invalid(f"Error in expression '{name}': {error}.") from None
        unknown = [each for each in ids if each not in known]
        if unknown:
            raise invalid(f"Error in expression '{name}': Unresolved id(s): {', '.join(unknown)}.")


def check_composite_alarm(params: Json, alarms: Mapping[str, object]) -> None:
    """Refuse what is no rule, and a rule on alarms that do not exist (observed)."""
    for member in ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
        if member in params:
            raise invalid(f"The Slipway sandbox does not imitate {member}.")
    try:
        rule = alarm_rule.parse(params["AlarmRule"])
    except alarm_rule.RuleError as error:
        raise invalid(f"AlarmRule contains invalid syntax: {error}.") from None
    unknown = [name for name in rule.names if name not in alarms]
    if unknown:
        raise invalid(
            f"Could not save the composite alarm as alarms [{', '.join(unknown)}] in the alarm rule do not exist"
        )
