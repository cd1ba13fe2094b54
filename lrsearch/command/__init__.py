"""Runs any program as the training of a trial: its command, its metrics, its processes."""
