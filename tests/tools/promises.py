"""Holds what documents 001 and 002 say, sentence by sentence, against what shows it.

Called by documents.py. tests/documents/NAME-promises.txt has every sentence of NAME.txt, in its order:

    > SENTENCE                        one or several of the document
    TEXT                              what that promises here; then what shows it, a line each:
      scenario NAME LIBRARY...        played by all languages, and by these libraries in both roles
      test PATH NAME                  a test of a language, by its name
      missing scenario NAME -- WHY    not shown yet, nor is `missing test`: that word goes when it is
    - TEXT                            or why it promises nothing

A sentence that is left out, and a scenario or test that is not there or that nobody plays, is a fault.
"""

from __future__ import annotations

import functools
import os
import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

TESTS = pathlib.Path(__file__).resolve().parents[1]
DOCUMENTS = TESTS / "documents"
LANGUAGES = ("rust", "python", "lua5.4", "node")
#: As many sentences as each document has, so that a change of its form cannot hide any.
SENTENCES = {"zmq": 30, "libzmq": 198}
#: How a test of this name stands in a file with this ending.
DEFINITIONS = {
    ".py": r"^(async )?def {}\(",
    ".lua": r"^function {}\(",
    ".mjs": r"""^test\(['"`]{}['"`],""",
    ".rs": r"^fn {}\(\)",
}
#: Verbs that the runner carries out for every shim.
RUNNERS = {"kill", "start", "stop", "cont", "exit", "quiet", "join"}


class Row(NamedTuple):
    """One or more sentences and what becomes of them."""

    sentences: list[str]
    text: str
    proofs: list[str]


def sentences(name: str) -> list[str]:
    """Every sentence of a document: what ends with a full stop, or with its line or cell of a table."""
    text = (DOCUMENTS / f"{name}.txt").read_text()
    if name == "zmq":
        # A page for a web site, without its marks.
        text = re.sub(r"(?s)<style>.*?</style>|\+\+\+.*?\+\+\+", "\n", text)
        text = re.sub(r"\[`.*?\)`\w+`|</?p>|```(js)?|\{\{%.*?%\}\}|[|`*]|-{3,}", "\n", text)
    parts = (part.strip(" #") for line in text.splitlines() for part in re.findall("[^。]+。?", line))
    found = [part for part in parts if part]
    # That page says everything twice, the first time in a summary.
    return list(dict.fromkeys(found)) if name == "zmq" else found


def rows(name: str) -> list[Row]:
    found: list[Row] = []
    quotes: list[str] = []
    for line in (DOCUMENTS / f"{name}-promises.txt").read_text().splitlines():
        if line.startswith("> "):
            quotes.append(line[2:])
        elif line.startswith("  "):
            found[-1].proofs.append(line.strip())
        elif line and not line.startswith("#"):
            found.append(Row(quotes, line, []))
            quotes = []
    return found


@functools.cache
def cases() -> list[list[str]]:
    """Who plays which scenario, as the runner has it."""
    built = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", TESTS.parent / "target"))
    runner = built / "try" / "sockery-tests"
    command = [runner, "--list", "interop-full", *LANGUAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


@functools.cache
def verbs_of(library: str) -> set[str]:
    """What the shim of a library can be asked."""
    script = TESTS / "shims" / "foreign" / f"{library}.mjs"
    if script.is_file():
        return RUNNERS.union(re.findall(r"^  (\w+)(?:: async\b|,$)", script.read_text(), re.M))
    files = [TESTS / "shims" / "loop.py", TESTS / "shims" / "foreign" / f"{library}.py"]
    found = (re.findall(r"def do_(\w+)", file.read_text()) for file in files)
    return RUNNERS.union(*found)


def scenario_fault(name: str, *libraries: str) -> str | None:
    """Why a scenario shows nothing of ZMTP, if so."""
    own = [case for case in cases() if case[:2] == [name, "zmq"]]
    pairs = {(first, others) for _, _, _, first, others, *_ in own}
    if not own:
        return "there is no such scenario of ZMTP"
    silent = [language for language in LANGUAGES if (language, language) not in pairs]
    for library in libraries:
        asked = {(first, others): verbs for _, _, _, first, others, *verbs in own}
        for role, pair in enumerate([(library, "rust"), ("rust", library)]):
            if pair not in asked or not set(asked[pair][role].split()) <= verbs_of(library):
                silent.append("+".join(pair))
    return f"{', '.join(silent)} cannot play it" if silent else None


def test_fault(path: str, *words: str) -> str | None:
    """Why a test shows nothing, if so."""
    file = TESTS.parent / path
    if not file.is_file():
        return "there is no such file"
    definition = DEFINITIONS[file.suffix].format(re.escape(" ".join(words)))
    return None if re.search(definition, file.read_text(), re.M) else "has no such test"


def proof_fault(proof: str) -> str | None:
    kind, *words = proof.split(" -- ")[0].split()
    return {"scenario": scenario_fault, "test": test_fault}[kind](*words)


def check(name: str) -> list[str]:
    """Prints what is missing and the counts; gives what is wrong."""
    table = rows(name)
    said = [sentence for row in table for sentence in row.sentences]
    faults = [f"{name}: not in the table: {one}" for one in sentences(name) if one not in said]
    if said != sentences(name):
        faults.append(f"{name}: {len(said)} sentences, or their order, are not the document's")
    if len(said) != SENTENCES[name]:
        faults.append(f"{name}: {len(said)} sentences, not {SENTENCES[name]}")
    promises = [row for row in table if not row.text.startswith("- ")]
    missing = 0
    for row in promises:
        if "--table" in sys.argv:
            print(f"| {' '.join(row.sentences)} | {row.text} | {'; '.join(row.proofs)} |")
        if not row.proofs:
            faults.append(f"{name}: nothing shows: {row.text}")
        for proof in row.proofs:
            lacks = proof.startswith("missing ")
            fault = proof_fault(proof.removeprefix("missing "))
            if lacks:
                missing += 1
                found = "" if fault else " (it is there now: the word `missing` can go)"
                print(f"| missing | {row.text} | {proof.removeprefix('missing ')}{found} |")
            elif fault:
                faults.append(f"{name}: {proof}: {fault}")
    shown = sum(not any(proof.startswith("missing ") for proof in row.proofs) for row in promises)
    print(
        f"{name}: {len(said)} sentences, {len(promises)} promises, {shown} of them shown, "
        f"{missing} proofs missing"
    )
    return faults
