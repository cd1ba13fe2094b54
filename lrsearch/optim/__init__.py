"""Optimizers by name (`optimizers`, imports torch) and schedules as functions of the step (`schedules`, does not)."""
