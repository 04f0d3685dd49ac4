def median(values):
    return sorted(values)[len(values) // 2]


def label(n: int) -> str:
    return f"{n:,} packets"
