#!/usr/bin/env bash
# What is there before a program: the hosted zone of the domain.
set -euo pipefail
zone="$(aws route53 create-hosted-zone --name example.com --caller-reference example --query HostedZone.Id --output text)"
pulumi config set -s test zone "${zone##*/}"
