"""What the ECS control plane asks of the rest of the sandbox, answered from moto's memory and the registry."""
