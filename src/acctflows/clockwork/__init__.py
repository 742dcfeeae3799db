"""Prefect as our clockwork: its API, our deployments in it, and the supervisor of all processes."""
