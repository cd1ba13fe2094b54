"""Analysis of finished trainings: pure functions of records.

`ranking` puts the learning rates in order, `evidence` estimates what the results support, `range` reads a range test.
"""
