"""What watches a service that is there already, tells the people on call, and shows it to them."""

import pulumi

from components.alarm_receivers import AlarmReceivers, AlarmReceiversArgs
from components.alert_topic import AlertTopic, AlertTopicArgs
from components.event_log import EventLog, EventLogArgs
from components.service_alarms import ServiceAlarms, ServiceAlarmsArgs
from components.service_dashboard import ServiceDashboard, ServiceDashboardArgs
from components.stack_dashboard import ShownService, StackDashboard, StackDashboardArgs
from release.service_alarms import AlarmBounds, Bound

ACCOUNT, REGION = "111111111111", "eu-west-1"
BALANCER, TARGETS = "app/apps/0123456789abcdef", ["targetgroup/orders/0123456789abcdef"]
RUNBOOKS, BOUNDS = "https://example.com/runbooks", AlarmBounds(latency=Bound(threshold=0.5, minutes=5, breaching=5))

topic = AlertTopic(
    "on-call", AlertTopicArgs(topic_name="on-call", account=ACCOUNT, region=REGION, emails=["on-call@example.com"])
)
AlarmReceivers(
    "on-call",
    AlarmReceiversArgs(
        cluster_name="apps",
        receivers=[f"arn:aws:sqs:{REGION}:{ACCOUNT}:pager"],
        pages=True,
        account=ACCOUNT,
        region=REGION,
    ),
)
kept = EventLogArgs(
    cluster_name="apps", log_group="/aws/events/apps", retention_days=365, account=ACCOUNT, region=REGION
)
EventLog("events", kept)
alarms = ServiceAlarms(
    "orders",
    ServiceAlarmsArgs(
        service_name="orders",
        cluster_name="apps",
        load_balancer=BALANCER,
        target_groups=TARGETS,
        log_group="/ecs/orders",
        bounds=BOUNDS,
        topic_arn=topic.arn,
        events=kept.events,
        pages=True,
        runbooks=RUNBOOKS,
        account=ACCOUNT,
        region=REGION,
    ),
)
page = ServiceDashboardArgs(
    dashboard_name="orders",
    service_name="orders",
    cluster_name="apps",
    load_balancer=BALANCER,
    target_groups=TARGETS,
    log_group="/ecs/orders",
    bounds=BOUNDS,
    alarms=alarms.arns,
    events=kept.events,
    runbooks=RUNBOOKS,
    account=ACCOUNT,
    region=REGION,
)
ServiceDashboard("orders", page)
StackDashboard(
    "apps",
    StackDashboardArgs(
        dashboard_name="apps",
        title="apps",
        services=[
            ShownService(service_name="orders", dashboard_name="orders", measured=page.measured, unwell=alarms.unwell)
        ],
        region=REGION,
    ),
)
pulumi.export("alarms that roll back", alarms.rollback)
