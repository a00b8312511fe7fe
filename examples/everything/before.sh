#!/usr/bin/env bash
# ENVIRONMENT: what the example refers to and does not make: a secret, whose value is in no program, the function that
# changes it, the one that tries a release, the key of images, which outlives the stack as they do, the key of a queue of somebody else, the
# web ACL of whoever guards the account, and the hosted zone of its domain.
set -euo pipefail
aws secretsmanager create-secret --name shop/database --secret-string '{"url": "postgres://example"}' >/dev/null
role="$(aws iam create-role --role-name rotate-shop-database --query Role.Arn --output text \
  --assume-role-policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}')"
python3 -c 'import zipfile; zipfile.ZipFile("function.zip", "w").writestr("index.py", "def handler(event, context): ...")'
for function in rotate-shop-database smoke; do
  aws lambda create-function --function-name "$function" --runtime python3.13 --handler index.handler \
    --role "$role" --zip-file fileb://function.zip >/dev/null
done
rm function.zip
for alias in images orders; do
  key="$(aws kms create-key --query KeyMetadata.KeyId --output text)"
  aws kms enable-key-rotation --key-id "$key"
  aws kms create-alias --alias-name "alias/$alias" --target-key-id "$key"
done
web_acl="$(aws wafv2 create-web-acl --name shop --scope REGIONAL --default-action Allow={} --query Summary.ARN \
  --visibility-config SampledRequestsEnabled=true,CloudWatchMetricsEnabled=true,MetricName=shop --output text)"
pulumi config set -s "$1" --path slipway:loadBalancer.webAclArn "$web_acl"
zone="$(aws route53 create-hosted-zone --name "example.com" --caller-reference everything \
  --query HostedZone.Id --output text)"
pulumi config set -s "$1" --path slipway:loadBalancer.domain.zoneId "${zone##*/}"
