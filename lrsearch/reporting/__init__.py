"""Shows runs to people. It reads records, and imports no torch.

`terminal` prints to a terminal, `pictures` draws plots, `page` writes report.html, and `compare` compares runs.
"""
