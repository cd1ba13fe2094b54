"""Optimizers and learning-rate schedules.

`optimizers` builds an optimizer by its name; it imports torch. `schedules` computes the rate as a function of the
step; it does not import torch.
"""
