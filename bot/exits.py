"""Exit statuses: a contract for scripts."""

DONE = 0
BUG = 1
REFUSED = 2
SURROUNDINGS = 3
