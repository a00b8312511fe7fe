#!/usr/bin/env bash
# The secret, with a value that its owner has put there, and the function that changes it.
set -e
aws secretsmanager create-secret --name orders/database --secret-string '{"password": "the first one"}'
role=$(aws iam create-role --role-name rotate-orders-database --query Role.Arn --output text \
    --assume-role-policy-document '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}')
python3 -c 'import zipfile; zipfile.ZipFile("function.zip", "w").writestr("index.py", "def handler(event, context): ...")'
aws lambda create-function --function-name rotate-orders-database --runtime python3.13 --handler index.handler \
    --role "$role" --zip-file fileb://function.zip
