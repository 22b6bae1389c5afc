"""Bots that do the same steps with other means, in memory and without drawing.

They need their frameworks and nothing of ours, so that they can run in an environment of their own
(`make peers`). What they say comes in the variable `BENCHMARK_WORDS`, so that the same people can
talk to them.
"""
