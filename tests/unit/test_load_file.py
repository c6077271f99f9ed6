"""`--load FILE.csv`: hours that follow each other, and everything that is wrong with those that do not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from routefit.answers.load_file import hourly_load, load_table
from routefit.errors import BadInputError
from routefit.evidence import Label


def written(folder: Path, text: str) -> Path:
    """A file of that text."""
    path = folder / "load.csv"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "starts_at"),
    [
        pytest.param("hour,units\n0,5\n1,0\n2,7.5\n", None, id="numbered"),
        pytest.param("\ufeffHour , Units\r\n0,5\r\n\r\n1,0\r\n2,7.5", None, id="a spreadsheet's export"),
        pytest.param(
            "hour,units\n2026-05-01T13:00Z,5\n2026-05-01T14:00Z,0\n2026-05-01T15:00Z,7.5\n",
            datetime(2026, 5, 1, 13, tzinfo=UTC),
            id="instants",
        ),
        pytest.param(
            "hour,units\n2026-05-01 23:00:00,5\n2026-05-02 00:00,0\n2026-05-02T03:00+02:00,7.5\n",
            datetime(2026, 5, 1, 23, tzinfo=UTC),
            id="UTC without an offset, and an offset",
        ),
    ],
)
def test_hours(tmp_path: Path, text: str, starts_at: datetime | None) -> None:
    """Read as they stand, ASSUMED."""
    load = hourly_load(written(tmp_path, text))
    assert load.hourly_units == (5, 0, 7.5)
    assert load.starts_at == starts_at
    assert load.label is Label.ASSUMED


def test_the_mean_is_an_input_with_its_source(tmp_path: Path) -> None:
    """So that it can be varied, and is evidence."""
    found = load_table(written(tmp_path, "hour,units\n0,5\n1,0\n"))
    mean = found.given["mean_units_per_hour"]
    assert (mean.value, mean.label) == (2.5, Label.ASSUMED)
    assert mean.source is not None
    assert "load.csv" in mean.source


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("hour,units\n0,1\n2,1\n", "load.csv:3: hour: got 2, expected 1: 1 hour missing", id="gap"),
        pytest.param("hour,units\n0,1\n0,1\n", "load.csv:3: hour: got 0 twice, expected 1", id="duplicate"),
        pytest.param(
            "hour,units\n0,1\n1,1\n2,1\n1,1\n", "load.csv:5: hour: got 1 after a later one", id="unsorted"
        ),
        pytest.param("hour,units\n1,1\n2,1\n", "load.csv:2: hour: got 1, expected 0", id="counted from one"),
        pytest.param("hour,units\n0,-1\n", "load.csv:2: units: got '-1'", id="negative"),
        pytest.param("hour,units\n0,1e300\n", "load.csv:2: units: got 1e+300, expected at most", id="overflow"),
        pytest.param(f"hour,units\n{'9' * 5000},1\n", f"load.csv:2: hour: got '{'9' * 40}…'", id="endless hour"),
        pytest.param("hour,units\n0001-01-01T00:00+14:00,1\n", "load.csv:2: hour: got '0001", id="before time"),
        pytest.param("hour,units\n9999-12-31T23:00Z,1\n", "load.csv:2: hour: got '9999", id="the end of time"),
        pytest.param(f"hour,units\n0,{'1' * 200_000}\n", "load.csv:2: ", id="endless cell"),
        pytest.param("hour;units\n0;1\n", "load.csv:1: got hour;units, expected the header", id="semicolons"),
        pytest.param('hour,units\n0,"1,5"\n', "load.csv:2: units: got '1,5'", id="decimal comma"),
        pytest.param("hour,units\n0,nan\n", "load.csv:2: units: got 'nan'", id="no number"),
        pytest.param("hour,units\n0,\n", "load.csv:2: units: got ''", id="empty"),
        pytest.param("hour,units\n0,1,000\n", "load.csv:2: got 3 values", id="a thousands separator"),
        pytest.param("hour,units\n-1,1\n", "load.csv:2: hour: got '-1'", id="before 0"),
        pytest.param("hour,units\n2026-05-01T13:30Z,1\n", "load.csv:2: hour: got '2026-05-01T13:30Z'", id="half"),
        pytest.param("hour,units\n0,1\n2026-05-01T13:00Z,1\n", "one kind in the whole file", id="two kinds"),
        pytest.param(
            "hour,units\n2026-05-01T13:00Z,1\n2026-05-01T16:00Z,1\n",
            "got 2026-05-01T16:00Z, expected 2026-05-01T14:00Z: 2 hours missing",
            id="gap between instants",
        ),
        pytest.param(
            "units,hour\n1,0\n", "load.csv:1: got units,hour, expected the header hour,units", id="header"
        ),
        pytest.param("", "load.csv:1: got nothing, expected the header", id="an empty file"),
        pytest.param("hour,units\n", "got no hours", id="no hours"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    """A hole in a load is not an hour without work."""
    with pytest.raises(BadInputError) as refused:
        hourly_load(written(tmp_path, text))
    assert words in refused.value.what


def test_all_problems_at_once(tmp_path: Path) -> None:
    """The first ten, and how many more."""
    lines = "".join(f"{hour},-1\n" for hour in range(15))
    with pytest.raises(BadInputError) as refused:
        hourly_load(written(tmp_path, f"hour,units\n{lines}"))
    assert refused.value.what.startswith("15 problems in ")
    assert refused.value.what.endswith("and 5 more")
    assert refused.value.what.count("units: got") == 10


@pytest.mark.parametrize(
    ("content", "words"),
    [pytest.param(None, "no file", id="absent"), pytest.param(b"\xff\xfe", "UTF-8", id="binary")],
)
def test_no_file_of_text(tmp_path: Path, content: bytes | None, words: str) -> None:
    """Said before anything is read from it."""
    path = tmp_path / "load.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInputError, match=words):
        hourly_load(path)
