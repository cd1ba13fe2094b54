"""Optimizers by name (`optimizers`, with torch) and schedules as functions of the step (`schedules`, without)."""
