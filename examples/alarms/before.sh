#!/usr/bin/env bash
# The log group of the service that is there.
aws logs create-log-group --log-group-name /ecs/orders
