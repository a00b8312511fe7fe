"""Daily backups of the file systems that ask for them by a tag."""

import pulumi

from components.backup_plan import BackupPlan, BackupPlanArgs

files = BackupPlan(
    "files",
    BackupPlanArgs(
        vault_name="files", account="111111111111", region="eu-west-1", tag="backup", value="daily", retention_days=35
    ),
)
pulumi.export("vault", files.vault_arn)
