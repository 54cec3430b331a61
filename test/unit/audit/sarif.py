#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The SARIF of every file under test/data/audit is SARIF 2.1.0, and what we promise of it holds.

sarif.py UNROOT DATA

The rules below are those of the standard's schema (OASIS SARIF 2.1.0, section 3 and appendix) for the objects that we
write: required members, no member that is not known, types, enumerations, bounds. Where SARIF_SCHEMA names the standard's
schema and python3-jsonschema is installed, the schema itself is asked too.
"""
import json
import os
import re
import subprocess
import sys

TEXT = ("text", "markdown", "id", "arguments", "properties")
# object: (required members, known members)
OBJECTS = {
    "log": ({"version", "runs"}, {"$schema", "inlineExternalProperties", "properties"}),
    "run": ({"tool"}, {"results", "invocations", "columnKind", "artifacts", "originalUriBaseIds", "automationDetails",
                       "properties", "taxonomies", "logicalLocations", "language"}),
    "tool": ({"driver"}, {"extensions", "properties"}),
    "driver": ({"name"}, {"version", "semanticVersion", "informationUri", "rules", "fullName", "organization",
                          "properties", "shortDescription", "fullDescription", "notifications", "guid"}),
    "rule": ({"id"}, {"name", "shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration",
                      "messageStrings", "properties", "guid", "deprecatedIds", "relationships"}),
    "multiformat": ({"text"}, {"markdown", "properties"}),
    "configuration": (set(), {"enabled", "level", "rank", "parameters", "properties"}),
    "invocation": ({"executionSuccessful"}, {"toolExecutionNotifications", "commandLine", "exitCode", "startTimeUtc",
                                             "endTimeUtc", "workingDirectory", "properties", "arguments"}),
    "notification": ({"message"}, {"level", "locations", "descriptor", "timeUtc", "properties"}),
    "result": ({"message"}, {"ruleId", "ruleIndex", "level", "kind", "locations", "partialFingerprints", "fingerprints",
                             "fixes", "suppressions", "properties", "guid", "rank", "relatedLocations"}),
    "location": (set(), {"id", "physicalLocation", "logicalLocations", "message", "annotations", "properties"}),
    "physical": ({"artifactLocation"}, {"region", "contextRegion", "address", "properties"}),
    "artifact": (set(), {"uri", "uriBaseId", "index", "description", "properties"}),
    "region": (set(), {"startLine", "startColumn", "endLine", "endColumn", "charOffset", "charLength", "snippet",
                       "message", "sourceLanguage", "properties"}),
    "fix": ({"artifactChanges"}, {"description", "properties"}),
    "change": ({"artifactLocation", "replacements"}, {"properties"}),
    "replacement": ({"deletedRegion"}, {"insertedContent", "properties"}),
    "content": (set(), {"text", "binary", "rendered", "properties"}),
    "suppression": ({"kind"}, {"status", "justification", "location", "guid", "properties"}),
}
LEVELS = {"none", "note", "warning", "error"}
problems = []


def check(condition, where, what):
    if not condition:
        problems.append(f"{where}: {what}")


def members(o, kind, where):
    required, known = OBJECTS[kind]
    check(isinstance(o, dict), where, f"a {kind} is an object")
    check(required <= o.keys(), where, f"a {kind} needs {required - o.keys()}")
    check(o.keys() <= required | known, where, f"a {kind} has no {o.keys() - required - known}")
    return o


def message(o, where):
    check(o.keys() <= set(TEXT) and ("text" in o or "id" in o), where, "a message has a text or an id")
    check(isinstance(o.get("text", ""), str) and o.get("text") != "", where, "its text says something")


def artifact(o, where):
    members(o, "artifact", where)
    uri = o.get("uri", "")
    check(re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+", uri), where, f"{uri!r} is no URI")
    check(not uri.startswith("/") and not re.match(r"[a-z]+:", uri), where, f"{uri!r} is not relative")


def region(o, where):
    members(o, "region", where)
    for name in ("startLine", "startColumn", "endLine", "endColumn"):
        check(isinstance(o.get(name, 1), int) and o.get(name, 1) >= 1, where, f"{name} is at least 1")
    check("startLine" in o, where, "a region has a line")
    check(o.get("endLine", o["startLine"]) >= o["startLine"], where, "a region ends behind its start")


def fix(o, where):
    members(o, "fix", where)
    check(o["artifactChanges"], where, "a fix changes something")
    for change in o["artifactChanges"]:
        members(change, "change", where)
        artifact(change["artifactLocation"], where)
        check(change["replacements"], where, "a change replaces something")
        for replacement in change["replacements"]:
            members(replacement, "replacement", where)
            region(replacement["deletedRegion"], where)
            members(replacement.get("insertedContent", {}), "content", where)


def result(o, rules, where):
    members(o, "result", where)
    message(o["message"], where)
    check(o["level"] in LEVELS, where, "level")
    check(rules[o["ruleIndex"]]["id"] == o["ruleId"], where, "ruleIndex is the rule's")
    check(len(o["locations"]) == 1, where, "a result has a place")
    for location in o["locations"]:
        physical = members(members(location, "location", where)["physicalLocation"], "physical", where)
        artifact(physical["artifactLocation"], where)
        check("region" in physical, where, "a result has a region")
        region(physical["region"], where)
    prints = o["partialFingerprints"]
    check(prints and all(isinstance(v, str) and v for v in prints.values()), where, "a result has a fingerprint")
    for one in o.get("fixes", []):
        fix(one, where)
    for one in o.get("suppressions", []):
        members(one, "suppression", where)
        check(one["kind"] in ("inSource", "external") and one.get("justification"), where, "a reasoned suppression")


def log(o, where):
    members(o, "log", where)
    check(o["version"] == "2.1.0" and len(o["runs"]) == 1, where, "version 2.1.0, one run")
    for run in o["runs"]:
        members(run, "run", where)
        check(run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints"), where, "columnKind")
        driver = members(members(run["tool"], "tool", where)["driver"], "driver", where)
        for rule in driver["rules"]:
            members(rule, "rule", where)
            for name in ("shortDescription", "fullDescription", "help"):
                check(members(rule[name], "multiformat", where)["text"], where, f"{rule['id']} has a {name}")
            check(members(rule["defaultConfiguration"], "configuration", where)["level"] in LEVELS, where, "level")
        check(len({r["id"] for r in driver["rules"]}) == len(driver["rules"]), where, "every rule once")
        for invocation in run["invocations"]:
            members(invocation, "invocation", where)
            check(isinstance(invocation["executionSuccessful"], bool), where, "executionSuccessful")
            for note in invocation["toolExecutionNotifications"]:
                message(members(note, "notification", where)["message"], where)
                check(note["level"] in LEVELS, where, "level of a notification")
        for one in run["results"]:
            result(one, driver["rules"], f"{where}: {one.get('ruleId')}")
    return o["runs"][0]["results"]


def schema_validator():
    path = os.environ.get("SARIF_SCHEMA")
    if not path:
        return None
    import jsonschema  # asked for: its absence is a failure
    with open(path, encoding="utf-8") as f:
        schema = json.load(f)
    return jsonschema.validators.validator_for(schema)(schema)


def main():
    unroot, data = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.chdir(data)
    names = sorted(n for n in os.listdir(".") if n not in ("EXPECT", "images", "SECTION-6"))
    validator, count, fixes, prints = schema_validator(), 0, 0, set()
    for name in names + ["."]:
        run = subprocess.run([unroot, "audit", "--format", "sarif", name], capture_output=True, text=True, timeout=60,
                             check=False)
        check(run.returncode in (0, 1, 2), name, f"exit code {run.returncode}")
        document = json.loads(run.stdout)
        if validator:
            for error in validator.iter_errors(document):
                check(False, name, f"schema: {list(error.path)}: {error.message}")
        results = log(document, name)
        count += len(results)
        fixes += sum("fixes" in r for r in results)
        prints.update(json.dumps(r["partialFingerprints"]) for r in results if name == ".")
        if name == ".":
            check(len(results) > 300 and len(prints) > len(results) * 9 // 10, name, "fingerprints tell results apart")
    check(fixes > 20, "all", "fixes where they are mechanical")
    print("\n".join(problems[:20]))
    print(f"{len(names)} files, {count} results, {fixes} fixes, schema {'asked' if validator else 'not at hand'}: "
          f"{len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
