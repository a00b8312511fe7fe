#!/usr/bin/env bash
# A service as people made it before Slipway: VPC, load balancer, cluster, repository, ECS service. $1: its image,
# $2: the priority of its listener rule. Prints the settings of its network as JSON.
set -euo pipefail
vpc=$(aws ec2 create-vpc --cidr-block 10.9.0.0/16 --query Vpc.VpcId --output text)
igw=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)
aws ec2 attach-internet-gateway --vpc-id "$vpc" --internet-gateway-id "$igw"
subnet() { # $1: third part of its addresses, $2: zone
  aws ec2 create-subnet --vpc-id "$vpc" --cidr-block "10.9.$1.0/24" --availability-zone "eu-west-1$2" --query Subnet.SubnetId --output text
}
puba=$(subnet 1 a) pubb=$(subnet 2 b) priva=$(subnet 3 a) privb=$(subnet 4 b)
lbsg=$(aws ec2 create-security-group --group-name legacy-alb --description "the old balancer" --vpc-id $vpc --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id $lbsg --protocol tcp --port 80 --cidr 0.0.0.0/0 >/dev/null
tsg=$(aws ec2 create-security-group --group-name legacy-tasks --description "the old tasks" --vpc-id $vpc --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id $tsg --protocol tcp --port 8080 --source-group $lbsg >/dev/null
lb=$(aws elbv2 create-load-balancer --name legacy-alb --subnets $puba $pubb --security-groups $lbsg --query 'LoadBalancers[0].LoadBalancerArn' --output text)
tg=$(aws elbv2 create-target-group --name legacy-auth --protocol HTTP --port 8080 --vpc-id $vpc --target-type ip --health-check-path /health --query 'TargetGroups[0].TargetGroupArn' --output text)
li=$(aws elbv2 create-listener --load-balancer-arn $lb --protocol HTTP --port 80 --default-actions Type=fixed-response,FixedResponseConfig='{StatusCode=404}' --query 'Listeners[0].ListenerArn' --output text)
aws elbv2 create-rule --listener-arn $li --priority "$2" --conditions Field=path-pattern,Values='/auth/*' --actions Type=forward,TargetGroupArn=$tg >/dev/null
aws ecs create-cluster --cluster-name legacy >/dev/null
aws ecr create-repository --repository-name team/auth >/dev/null
aws iam create-role --role-name legacy-exec --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}' >/dev/null
role=$(aws iam get-role --role-name legacy-exec --query Role.Arn --output text)
aws ecs register-task-definition --family auth-svc --network-mode awsvpc --requires-compatibilities FARGATE --cpu 256 --memory 512 \
  --execution-role-arn "$role" --container-definitions '[{"name":"web","image":"'"$1"'","portMappings":[{"containerPort":8080}]}]' >/dev/null
aws ecs create-service --cluster legacy --service-name auth-svc --task-definition auth-svc --desired-count 2 --launch-type FARGATE \
  --network-configuration "awsvpcConfiguration={subnets=[$priva,$privb],securityGroups=[$tsg]}" \
  --load-balancers "targetGroupArn=$tg,containerName=web,containerPort=8080" >/dev/null
aws ecs wait services-stable --cluster legacy --services auth-svc
cat <<EOF
{"vpcId": "$vpc", "privateSubnetIds": ["$priva", "$privb"], "publicSubnetIds": ["$puba", "$pubb"]}
EOF
