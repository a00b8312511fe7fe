"""CloudWatch in the sandbox: metrics, alarms and metric filters, in sandbox time."""
