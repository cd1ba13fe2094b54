"""What finished trainings say: pure functions of records.

`ranking` puts the learning rates in order, `evidence` says what the results support, `range` reads a range test.
"""
