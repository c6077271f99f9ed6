"""Tables and paragraphs as text of a given width."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_UNBOUNDED = 10_000


def drawn(renderable: RenderableType, *, width: int, has_colour: bool) -> str:
    """The text, without trailing blanks; colours only when asked for."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=max(width, 40),
        force_terminal=has_colour,
        no_color=not has_colour,
        color_system="standard" if has_colour else None,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(renderable)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def table(*columns: str, right: Iterable[int] = (), gap_columns: int = 2, is_rigid: bool = False) -> Table:
    """An empty table with a rule below its header.

    `right` are the positions of figures, `gap_columns` the blanks between columns. Figures never wrap, and in a
    rigid table nothing does.
    """
    padding = (0, gap_columns - 1, 0, 0)
    drawing = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=padding, header_style="dim")
    figures = set(right)
    for position, name in enumerate(columns):
        is_figure = position in figures
        drawing.add_column(
            name, justify="right" if is_figure else "left", overflow="fold", no_wrap=is_figure or is_rigid
        )
    return drawing


class FirstThatFits:
    """Several drawings of the same content, each a list of tables: the first that fits, else the last."""

    def __init__(self, choices: Sequence[Sequence[Table]]) -> None:
        self._choices = choices

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        unbounded = options.update(width=_UNBOUNDED)

        def fits(tables: Sequence[Table]) -> bool:
            return all(Measurement.get(console, unbounded, one).maximum <= options.max_width for one in tables)

        yield Group(*next(filter(fits, self._choices), self._choices[-1]))


def heading(text: str) -> Text:
    """The line above a table."""
    return Text(text, style="bold")


def paragraph(text: str, *, style: str = "") -> Text:
    """A paragraph that wraps."""
    return Text(text, style=style)


def indented(text: str | Text, *, columns: int = 2, hang: str = "") -> RenderableType:
    """A paragraph whose lines all stand so many columns in, after a mark such as `1 `."""
    if not hang:
        return Padding(text if isinstance(text, Text) else Text(text), (0, 0, 0, columns))
    grid = Table.grid(padding=0)
    grid.add_column(width=columns, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(hang), text if isinstance(text, Text) else Text(text))
    return grid


def stacked(parts: Iterable[RenderableType]) -> Group:
    """One below the other."""
    return Group(*parts)
