"""A stand-in for the Pulumi Docker plugin, for machines where the official one cannot be had: `docker.Image`."""
