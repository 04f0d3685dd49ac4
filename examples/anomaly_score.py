# SPDX-License-Identifier: Apache-2.0
"""How unusual a number is, compared with those before it."""
import statistics

seen = []


def deviation(count: int) -> float:
    usual = statistics.fmean(seen) if seen else count
    spread = statistics.pstdev(seen) if len(seen) > 1 else 0
    seen.append(count)
    return abs(count - usual) / max(spread, 1)


def summary() -> str:
    return f"{len(seen)} rounds, {sum(seen)} packets"
