"""Optimizers and learning-rate schedules.

`optimizers` builds an optimizer by its name, and imports torch. `schedules` computes the rate as a function of the
step, without torch.
"""
