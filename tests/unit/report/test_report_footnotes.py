"""Reasons below a table: each once, with few numbers in a cell."""

from __future__ import annotations

import pytest

from routefit.report.footnotes import Footnotes, common_reasons

ROWS = [("a", "b", "x"), ("a", "x"), ("a", "c", "d", "e", "f", "g", "b")]


def test_a_single_row_needs_no_numbers() -> None:
    notes = Footnotes([("a", "b", "c")])
    assert (notes.marks(["a", "b", "c"]), notes.notes) == ("", ())
    assert notes.shared_words == "a; b; c"


def test_what_is_true_of_all_is_said_once() -> None:
    assert Footnotes(ROWS).shared_words == "all routes: a"


def test_reasons_of_the_same_rows_make_one_note() -> None:
    notes = Footnotes(ROWS)
    assert notes.notes == ("b", "x", "c; d; e; f; g")
    assert [notes.marks(row) for row in ROWS] == ["1,2", "2", "1,3"]


@pytest.mark.parametrize("rows", [[], [()], [(), ()]], ids=["no row", "a row", "two rows"])
def test_without_reasons_nothing_is_said(rows: list[tuple[str, ...]]) -> None:
    notes = Footnotes(rows)
    assert (notes.notes, notes.shared_words, list(notes.lines())) == ((), "", [])


def test_what_is_true_of_every_table_is_said_once() -> None:
    tables = [[["old", "cheap"], ["old"]], [["new", "old"]]]
    assert common_reasons(tables) == ("old",)
    assert Footnotes(tables[0], said_elsewhere=("old",)).shared == ()
    assert Footnotes(tables[0], said_elsewhere=("old",)).notes == ("cheap",)


def test_a_single_table_says_its_reasons_itself() -> None:
    assert common_reasons([[["old"], ["old"]]]) == ()
