"""A stand-in for the Pulumi AWS plugin, for machines where the official one cannot be had. See docs/aws-plugin-standin.md."""
