#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the tree to its rules: layers, lengths, parameters, banned calls, file names.

Prints one line per breach and ends with `N passed, N failed`. Exceptions stand in exceptions.txt, each with a reason;
an exception that is no longer needed is a failure too, so the list can only shrink.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
MAX_FILE, MAX_FUNCTION, MAX_HEADER, MAX_PARAMETERS = 500, 60, 150, 5
BANNED = {"strcpy", "strcat", "sprintf", "vsprintf", "gets", "atoi", "atol", "atoll", "strtok", "strncpy", "strncat",
          "system", "popen", "alloca", "tmpnam", "mktemp", "strtol", "strtoul", "strtoll", "strtoull", "sscanf"}
DUMPS = {"utils", "util", "misc", "common", "helpers", "helper"}
problems = []


def read_layers():
    layers = {}
    for line in (ROOT / "test/tree/layers.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            name, allowed = line.split(":")
            layers[name.strip()] = set(allowed.split()) | {name.strip(), "base"}
    return layers


def read_exceptions():
    rows = {}
    for line in (ROOT / "test/tree/exceptions.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            rule, place, limit = line.split()
            rows[(rule, place)] = int(limit)
    return rows


EXCEPTIONS = read_exceptions()
used = set()


def over(rule, place, value, limit):
    if value <= limit:
        return
    allowed = EXCEPTIONS.get((rule, place))
    if allowed is not None and value <= allowed:
        used.add((rule, place))
        return
    problems.append(f"{place}: {rule}: {value}, at most {allowed or limit}")


def blank(text):
    """Comments and literals become spaces; line breaks stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def functions(text):
    """(name, parameters, lines) of every function defined at column 0 with its brace on a line of its own."""
    for m in re.finditer(r"^([A-Za-z_][^;{}#=]*?)\b([A-Za-z_]\w*)\s*\(([^{};]*)\)[^;{}()]*\n\{\n", text, re.M):
        end = text.find("\n}", m.end() - 1)
        yield m.group(2), m.group(3), text.count("\n", m.end(), end + 1)


def count_parameters(parameters):
    depth, count = 0, 0 if parameters.strip() in ("", "void") else 1
    for c in parameters:
        depth += (c == "(") - (c == ")")
        count += c == "," and depth == 0
    return count


def check_file(path, layers):
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text()
    layer = path.relative_to(SRC).parts[0]
    code = blank(text)
    over("header" if path.suffix == ".h" else "file", name, text.count("\n"), MAX_HEADER if path.suffix == ".h" else MAX_FILE)
    if not text.startswith("/* SPDX-License-Identifier: Apache-2.0 */"):
        problems.append(f"{name}: licence line missing")
    if path.stem in DUMPS:
        problems.append(f"{name}: a file of this name becomes a dump")
    for target in re.findall(r'^#include "([^"]+)"', text, re.M):
        folder = target.split("/")[0]
        if "/" not in target:
            problems.append(f"{name}: includes {target} without its folder")
        elif folder not in layers[layer]:
            problems.append(f"{name}: layer {layer} may not include {target}")
    for m in re.finditer(r"\b([a-z_]\w*)\s*\(", code):
        if m.group(1) in BANNED:
            problems.append(f"{name}:{code.count(chr(10), 0, m.start()) + 1}: {m.group(1)}() is banned")
    for function, parameters, lines in functions(code):
        over("function", f"{name}:{function}", lines, MAX_FUNCTION)
        over("parameters", f"{name}:{function}", count_parameters(parameters), MAX_PARAMETERS)
    if layer not in ("cli", "init", "monitor", "oci") and re.search(r"^\s*(printf|puts|perror)\s*\(", code, re.M):
        problems.append(f"{name}: layer {layer} does not print")


def main():
    layers = read_layers()
    files = sorted(p for p in SRC.rglob("*.[ch]"))
    for path in files:
        check_file(path, layers)
    for rule, place in sorted(set(EXCEPTIONS) - used):
        problems.append(f"exceptions.txt: {rule} {place} is not needed any more")
    for line in problems:
        print(line)
    print(f"{len(files)} files")
    return 1 if problems else 0


sys.exit(main())
