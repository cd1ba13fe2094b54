"""Shows runs to people. This package reads records, and does not import torch.

`terminal` prints to a terminal, `pictures` draws plots, `page` writes report.html, and `compare` compares runs.
"""
