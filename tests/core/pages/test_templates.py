"""Templates hold to the browser's rules: nothing inline, nothing from elsewhere, only the htmx that was agreed on."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static/ops").glob("*.js"))
ALLOWED_HX = {
    "get",
    "post",
    "target",
    "swap",
    "trigger",
    "push-url",
    "headers",
    "indicator",
    "disable",
    "confirm",
    "status",
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_templates_and_scripts_to_look_at() -> None:
    assert len(TEMPLATES) > 20
    assert len(SCRIPTS) >= 5


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_is_inline(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+\s*=|javascript:", text, re.IGNORECASE)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\|safe\b|mark_safe|autoescape off", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_only_the_agreed_part_of_htmx_is_used(path: Path) -> None:
    text = path.read_text()
    used = {found.split(":")[0] for found in re.findall(r"\shx-([a-z-]+)", text)}
    assert used <= ALLOWED_HX
    assert not re.search(r"hx-trigger=\"[^\"]*\[", text), "a trigger's filter needs eval"
    assert "js:" not in text


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_scripts_are_short_and_evaluate_nothing(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 150
    assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", text)


def test_scripts_together_stay_short() -> None:
    assert sum(len(path.read_text().splitlines()) for path in SCRIPTS) <= 800
