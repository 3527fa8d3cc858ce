"""Ratios, measured in one run: `make bench`. No tests: what a busy machine does is not the fault of the code."""
