"""The style sheet keeps its promises: contrast of every pair of colours, its size, and no style but its own."""

import re
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CSS = (ROOT / "static/ops/ops.css").read_text()
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS)
}
GROUNDS = ("bg", "panel", "panel2", "infob", "muteb")
# What is written in which colour, and every ground it may stand on.
TEXTS = [
    *product(("text", "dim"), GROUNDS),
    *product(("accent",), ("bg", "panel", "panel2", "infob")),
    *product(("ok", "bad"), (*GROUNDS, "okb", "badb")),
    *((tone, ground) for tone, ground in (("warn", "warnb"), ("info", "infob"), ("ok", "okb"), ("bad", "badb"))),
    *product(("warn",), ("bg", "panel", "panel2")),
    *product(("text", "dim"), ("okb", "badb")),
    ("on-accent", "accent"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS, ids=lambda name: name)
def test_text_can_be_read_on_every_ground_it_may_stand_on(text: str, ground: str, scheme: int) -> None:
    assert contrast(TOKENS[text][scheme], TOKENS[ground][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["bg", "panel"])
def test_the_border_of_a_field_can_be_seen(ground: str, scheme: int) -> None:
    assert contrast(TOKENS["edge"][scheme], TOKENS[ground][scheme]) >= 3


def test_the_sheet_stays_small_and_asks_nobody_else() -> None:
    assert len(CSS.encode()) <= 16_384
    assert re.findall(r"url\(\"([^\"]+)\"\)", CSS) == ["../vendor/inter-latin-wght-normal.woff2"]
    assert "@import" not in CSS


def test_every_colour_is_a_token() -> None:
    outside = CSS.split("@layer base {", 1)[1]
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", outside)


def test_a_screen_s_own_sheet_is_small_and_says_no_colour() -> None:
    for path in (ROOT / "static/ops").glob("*.css"):
        if path.name != "ops.css":
            text = path.read_text()
            assert len(text.encode()) <= 4_096, path
            assert not re.findall(r"#[0-9a-fA-F]{6}\b|rgb|url\(|@import", text), path
