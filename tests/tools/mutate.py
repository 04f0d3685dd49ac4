#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One small change of a C source under a folder, chosen by a number: for tests/mutate.sh.

    mutate.py FOLDER SEED

Changes the file in place and prints FILE:LINE: what was changed. The same tree and seed give the
same change. Operators are swapped, constants changed, conditions negated, statements removed;
comments, texts, tables of facts and preprocessor lines are left alone.
"""
import pathlib
import random
import re
import sys

OPERATORS = [
    (" == ", " != "), (" != ", " == "), (" < ", " <= "), (" <= ", " < "), (" > ", " >= "),
    (" >= ", " > "), (" && ", " || "), (" || ", " && "), (" + ", " - "), (" - ", " + "),
    (" += ", " -= "), (" & ", " | "), (" | ", " & "), ("true", "false"), ("false", "true"),
]
STATEMENT = re.compile(r"^\t+[a-z_][\w>.\[\]-]*(\(.*\)| [|&+-]?= .*|\+\+|--);$")
DECLARATION = re.compile(r"^\t+(const|struct|enum|unsigned|static|return|goto|uint|int|bool|char)")
NUMBER = re.compile(r"(?<![\w.])(\d+)(?![\w.])")
CONDITION = re.compile(r"^(\t+)(if|while) \((.*)\)( \{)?$")


def code_lines(text):
    """The numbers of lines inside functions: between a brace alone on a line and its end."""
    inside = comment = False
    for number, line in enumerate(text):
        if line == "{":
            inside = True
        elif line == "}":
            inside = False
        start = "/*" in line
        if inside and not comment and not start and not line.lstrip().startswith(("#", "*", "//")):
            yield number
        if start:
            comment = True
        if "*/" in line:
            comment = False


def outside_texts(line, start, end):
    """Whether the part stands in no string or character literal."""
    quotes = [m.start() for m in re.finditer(r'(?<!\\)"', line)]
    return sum(q < start for q in quotes) % 2 == 0 and "'" not in line[max(0, start - 2):end + 2]


def changes(line):
    """Every change of the line: the new line and its name."""
    for old, new in OPERATORS:
        for match in re.finditer(re.escape(old) if old[0] == " " else rf"\b{old}\b", line):
            if outside_texts(line, match.start(), match.end()):
                yield line[:match.start()] + new + line[match.end():], f"{old.strip()} -> {new.strip()}"
    for match in NUMBER.finditer(line):
        if outside_texts(line, match.start(), match.end()):
            value = int(match.group(1)) + 1
            yield line[:match.start()] + str(value) + line[match.end():], f"{value - 1} -> {value}"
    condition = CONDITION.match(line)
    if condition:
        tabs, word, text, brace = condition.groups()
        yield f"{tabs}{word} (!({text})){brace or ''}", "condition negated"
    if STATEMENT.match(line) and not DECLARATION.match(line):
        yield re.match(r"\t+", line).group(0) + ";", "statement removed"


def main():
    folder, seed = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    choice = random.Random(seed)
    sites = []
    for path in sorted(folder.rglob("*.c")):
        text = path.read_text().split("\n")
        sites += [(path, number) for number in code_lines(text)]
    while True:
        path, number = choice.choice(sites)
        text = path.read_text().split("\n")
        possible = list(changes(text[number]))
        if possible:
            break
    text[number], name = choice.choice(possible)
    path.write_text("\n".join(text))
    print(f"{path}:{number + 1}: {name}: {text[number].strip()}")


main()
