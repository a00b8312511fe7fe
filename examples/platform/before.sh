#!/usr/bin/env bash
# A default VPC of AWS has an internet gateway; the sandbox's has none until somebody makes it.
set -euo pipefail
vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[0].VpcId' --output text)
there=$(aws ec2 describe-internet-gateways --filters "Name=attachment.vpc-id,Values=$vpc" \
  --query 'InternetGateways[].InternetGatewayId' --output text)
if [ -z "$there" ]; then
  gateway=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)
  aws ec2 attach-internet-gateway --vpc-id "$vpc" --internet-gateway-id "$gateway"
fi
