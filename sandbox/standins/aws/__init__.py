"""A stand-in for the Pulumi AWS plugin, where the official one cannot be had (docs/aws-plugin-standin.md)."""
