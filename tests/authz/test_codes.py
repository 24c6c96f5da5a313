"""Every code that the API can say no with is in docs/api.md, and every code that stands there can be said."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("core", "accounts", "settlement", "trading", "compliance", "config")
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*\Z")
# Calls whose first text is a code, and the ones whose second is.
FIRST = {"Refusal", "problem_answer", "fail"}
SECOND = {"FieldError"}
# Their codes are heard by others: sockets have a list of their own, findings and failures of reports are no refusals.
ELSEWHERE = {
    "migrations",
    "management",
    "pages",
    "realtime",
    "replay",
    "demo",
    "reports",
    "verify_report.py",
    "inclusion.py",
    "sign_checkpoint.py",
    "tasks.py",
}


def sources() -> list[Path]:
    """Everything from which an answer of the API may come: not the pages, the commands and the migrations."""
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    return [path for path in files if not ELSEWHERE & set(path.parts)]


def documented() -> set[str]:
    """The codes of the tables of problems."""
    text = (ROOT / "docs" / "api.md").read_text().partition("## Problems")[2].partition("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| status")]
    return {word for row in rows for word in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)}


def said() -> set[str]:
    """The codes that the sources say in so many words."""
    return {code for path in sources() for code in _codes_of(ast.parse(path.read_text()))}


def _codes_of(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = 0 if name in FIRST or name.endswith("Refusal") else 1 if name in SECOND else None
            texts = [node.args[place]] if place is not None and len(node.args) > place else []
            if name in FIRST or name == "ValidationError":
                texts += [each.value for each in node.keywords if each.arg == "code"]
            found |= {text for each in texts for text in _texts(each)}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {getattr(target, "id", "") for target in targets}
            if "default_error_messages" in names and isinstance(node.value, ast.Dict):
                found |= {text for key in node.value.keys if key is not None for text in _texts(key)}
            if "_FRAMEWORK_CODES" in names and isinstance(node.value, ast.Dict):
                found |= {text for value in node.value.values for text in _texts(value)}
    return {text for text in found if CODE.match(text)}


def _texts(node: ast.AST) -> set[str]:
    """The text of a constant, or of both ends of a choice."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_code_that_is_said_is_documented():
    assert sorted(said() - documented()) == []


def test_every_code_that_is_documented_is_said():
    words = {
        node.value
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value)
    }
    assert sorted(documented() - words) == []
    assert len(documented()) > 30
