#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills unroot.1.scd.in: every command with its options, from the program's own help, so that the manual cannot lag.

usage: commands.py UNROOT TEMPLATE OUTPUT
"""
import re
import subprocess
import sys


def ask(program, *words):
    return subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True).stdout


def escape(text):
    return re.sub(r"([\\*_~])", r"\\\1", text)


def block(text, title):
    """The lines behind "title:" up to the next empty line."""
    match = re.search(rf"^{title}:\n((?:.+\n)+)", text, re.M)
    return match.group(1).splitlines() if match else []


def verbs(program):
    names = [line.split()[0] for line in block(ask(program), "Commands")]
    for group in [line.split()[0] for line in block(ask(program), "Groups")]:
        for line in block(ask(program, group), "Commands"):
            verb, text = line.split(None, 1)
            if not text.startswith("Same as"):
                names.append(f"{group} {verb}")
    return names


def section(program, verb):
    text = ask(program, *verb.split())
    usage, paragraphs = text.split("\n", 1)
    lines = [f"## {escape(usage.removeprefix('Usage: unroot '))}", ""]
    for paragraph in paragraphs.split("\n\n"):
        if paragraph.lstrip("\n").startswith("Options:"):
            break
        lines += [escape(line) + "++" for line in paragraph.strip("\n").splitlines()]
        lines[-1] = lines[-1].removesuffix("++")
        lines.append("")
    for line in block(text, "Options"):
        label, help_text = re.split(r" {3,}", line.strip(), maxsplit=1)
        if label != "--help":
            lines += [f"*{escape(label)}*", "\t" + escape(help_text), ""]
    return "\n".join(lines)


def main():
    program, template, output = sys.argv[1:]
    body = "\n".join(section(program, verb) for verb in verbs(program))
    with open(template, encoding="utf-8") as source, open(output, "w", encoding="utf-8") as target:
        target.write(source.read().replace("@COMMANDS@\n", body))


main()
