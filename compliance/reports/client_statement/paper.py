"""Pages of A4: what stands where, set first and drawn when it is known how many pages there are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from compliance.reports.client_statement.letters import BOLD, PLAIN, fit, prepare_type, set_text, width_of, wrap
from core.domain.refusals import Refusal

WIDTH, HEIGHT = A4
MARGIN = 42.0
INNER = WIDTH - 2 * MARGIN
TOP, BOTTOM = HEIGHT - 50, 58.0
SIZE, SMALL = 8.0, 6.6
INK, GREY, LINE = (0.08, 0.1, 0.14), (0.38, 0.41, 0.46), (0.82, 0.84, 0.87)
MOST_PAGES = 1_000
GAP = 6.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, how wide it is in points, and whether it stands right."""

    title: str
    width: float
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A text or, without one, a line that is ``width`` long."""

    x: float
    y: float
    text: str = ""
    font: str = PLAIN
    size: float = SIZE
    colour: tuple[float, float, float] = INK
    width: float = 0.0


@dataclass(slots=True)
class Paper:
    """Sheets that are filled from the top; ``y`` is the base line of what comes next."""

    pages: list[list[Mark]] = field(default_factory=lambda: [[]])
    y: float = TOP

    def __post_init__(self) -> None:
        prepare_type()

    def turn(self) -> None:
        """Begin a page. Refuses the thousand and first with STATEMENT_TOO_LARGE."""
        if len(self.pages) == MOST_PAGES:
            detail = f"A statement on paper has at most {MOST_PAGES} pages: take it as CSV or JSON."
            raise Refusal("STATEMENT_TOO_LARGE", detail, meta={"most_pages": str(MOST_PAGES)})
        self.pages.append([])
        self.y = TOP

    def has_room(self, height: float) -> bool:
        """Whether so much fits on the page."""
        return self.y - height >= BOTTOM

    def put(self, mark: Mark) -> None:
        """Put it where it says."""
        self.pages[-1].append(mark)

    def skip(self, height: float) -> None:
        """Leave so much free."""
        self.y -= height

    def say(
        self, text: str, *, font: str = PLAIN, size: float = SIZE, grey: bool = False, width: float = INNER
    ) -> None:
        """A paragraph from the left margin, on as many lines and pages as it needs."""
        for line in wrap(set_text(text), font, size, width):
            if not self.has_room(size * 1.4):
                self.turn()
            self.put(Mark(MARGIN, self.y, line, font, size, GREY if grey else INK))
            self.y -= size * 1.4

    def block(self, x: float, y: float, lines: Sequence[tuple[str, str]], width: float) -> float:
        """Facts one below the other, each a small heading and its text; answers where they end."""
        for title, text in lines:
            self.put(Mark(x, y, title, PLAIN, SMALL, GREY))
            for line in wrap(set_text(text), PLAIN, SIZE, width):
                y -= SIZE * 1.3
                self.put(Mark(x, y, line))
            y -= SIZE * 1.5
        return y

    def rule(self) -> None:
        """A line from margin to margin, a little above what comes next."""
        self.put(Mark(MARGIN, self.y + SIZE + 2, width=INNER))

    def heads(self, columns: Sequence[Column]) -> None:
        """The headings of a table."""
        self._cells(columns, [each.title for each in columns], SMALL, GREY)
        self.y -= SMALL * 1.5 + 2

    def row(self, columns: Sequence[Column], cells: Sequence[str], *, below: str = "", is_strong: bool = False) -> None:
        """A row of a table, with a line over it; ``below`` stands small under it from the second column on.

        Texts that are too wide take more lines; numbers are set smaller. The caller sees to it that it fits: ``height_of``.
        """
        self.rule()
        self._cells(columns, cells, SIZE, INK, BOLD if is_strong else PLAIN)
        self.y -= SIZE * 1.3 * (self._depth(columns, cells, is_strong) - 1)
        for line in self._lines_below(columns, below):
            self.y -= SMALL * 1.4
            self.put(Mark(MARGIN + columns[0].width, self.y, line, PLAIN, SMALL, GREY))
        self.y -= SIZE * 1.8

    def height_of(self, columns: Sequence[Column], cells: Sequence[str], *, below: str = "") -> float:
        """How much a row takes."""
        under = SMALL * 1.4 * len(self._lines_below(columns, below))
        return SIZE * 1.3 * (self._depth(columns, cells, is_strong=True) - 1) + under + SIZE * 1.8

    def _lines_below(self, columns: Sequence[Column], below: str) -> list[str]:
        return wrap(set_text(below), PLAIN, SMALL, INNER - columns[0].width) if below else []

    def _depth(self, columns: Sequence[Column], cells: Sequence[str], is_strong: bool) -> int:
        font = BOLD if is_strong else PLAIN
        return max(
            1 if column.is_number else len(wrap(set_text(cell), font, SIZE, column.width - GAP))
            for column, cell in zip(columns, cells, strict=True)
        )

    def _cells(
        self, columns: Sequence[Column], cells: Sequence[str], size: float, colour: tuple[float, float, float],
        font: str = PLAIN,
    ) -> None:  # fmt: skip
        x = MARGIN
        for column, cell in zip(columns, cells, strict=True):
            text = set_text(cell)
            if column.is_number:
                fitting = fit(text, font, size, column.width - GAP)
                left = x + column.width - width_of(text, font, fitting)
                self.put(Mark(left, self.y, text, font, fitting, colour))
            else:
                for number, line in enumerate(wrap(text, font, size, column.width - GAP)):
                    self.put(Mark(x, self.y - number * SIZE * 1.3, line, font, size, colour))
            x += column.width


def draw(paper: Paper, *, title: str, author: str, foot: str) -> bytes:
    """The PDF: fonts embedded, no clock and no chance in it; ``foot`` and the number of the page stand below each."""
    made = BytesIO()
    canvas = Canvas(made, pagesize=A4, invariant=1, pageCompression=1, initialFontName=PLAIN)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject(foot)
    canvas.setCreator("Countinghouse")
    canvas.setLineWidth(0.4)
    for number, page in enumerate(paper.pages, start=1):
        for mark in page:
            _draw_mark(canvas, mark)
        place = f"Page {number} of {len(paper.pages)}"
        _draw_mark(canvas, Mark(MARGIN, 34, set_text(foot), PLAIN, 6, GREY))
        left = WIDTH - MARGIN - width_of(place, PLAIN, 6)
        _draw_mark(canvas, Mark(left, 34, place, PLAIN, 6, GREY))
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def _draw_mark(canvas: Canvas, mark: Mark) -> None:
    if not mark.text:
        canvas.setStrokeColorRGB(*LINE)
        canvas.setLineWidth(0.4)
        canvas.line(mark.x, mark.y, mark.x + mark.width, mark.y)
        return
    canvas.setFillColorRGB(*mark.colour)
    canvas.setFont(mark.font, mark.size)
    canvas.drawString(mark.x, mark.y, mark.text)
