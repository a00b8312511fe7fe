"""Events of the sandbox's own services, delivered to the targets of the rules that moto's EventBridge holds."""
