"""How much random tests try: all of it in `make test`, a third in `make quick`."""

import os

QUICK = "AMI_QUICK" in os.environ


def examples(number: int) -> int:
    """Return how many of the examples of `make test` are tried."""
    return number // 3 if QUICK else number
