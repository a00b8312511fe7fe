"""Who deploys an environment, and who looks at it: by what `slipway access -e test > access.json` has printed."""

import json
from pathlib import Path

import pulumi

from components.auditor_role import AuditorRole, AuditorRoleArgs
from components.deployer_role import DeployerRole, DeployerRoleArgs, GitHub

ACCOUNT = "111111111111"
ENGINEERS = f"arn:aws:iam::{ACCOUNT}:role/engineers"

rights = json.loads((Path(__file__).parent / "access.json").read_text())
deployer = DeployerRole(
    "deployer",
    DeployerRoleArgs(
        role_name="shop-deployer",
        account=ACCOUNT,
        documents=rights["deployer"],
        github=GitHub(repository="acme/shop", environment="test"),
        people=[ENGINEERS],
    ),
)
AuditorRole("auditor", AuditorRoleArgs(role_name="shop-auditor", documents=rights["auditor"], people=[ENGINEERS]))
pulumi.export("role-to-assume", deployer.arn)
