"""Optimizers and learning-rate schedules.

`optimizers` makes an optimizer from its name; it imports torch. `schedules` computes the rate as a function of the
step; it does not import torch.
"""
