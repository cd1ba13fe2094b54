"""Analysis of finished trainings: pure functions of records.

`ranking` orders the learning rates. `evidence` computes ties, confidence intervals and the recommended rate. `range`
suggests rates from a range test.
"""
