"""The sandbox's ECS: the control plane's API over the rollout model, per account and region."""
