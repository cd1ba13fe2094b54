"""What people see of a run. Reads records; imports no torch.

`terminal` is what a terminal shows, `pictures` the plots, `page` report.html, `compare` several runs side by side.
"""
