"""Functions for the tests: def not_a_function(x) stands in a text."""
import os

SEEN = []


def add(a, b=1):
    return a + b


def half(x) -> float:
    return x / 2


def is_even(n: int) -> bool:
    return n % 2 == 0


def greet(name, times: int = 1) -> str:
    # The same name in front of each mark.
    return ", ".join([f"hello {name}"] * times)


def checksum(data):
    return sum(data) & 0xff


def backwards(data):
    return bytes(reversed(data))


def squares(numbers):
    return [n * n for n in numbers]


def remember(value):
    SEEN.append(value)


def seen():
    return len(SEEN)


def divide(a, b):
    return a // b


def missing():
    return os.stat("/no/such/file").st_size


def total(*numbers):
    return sum(numbers)
