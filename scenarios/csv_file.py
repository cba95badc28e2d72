"""One CSV file, read strictly: a header row, then equally long rows of cells.

Comma separated, decimal points, UTF-8. Nothing is repaired or filled in: a gap
that is closed silently is demand that disappears silently.
"""

import csv
import io
import re
from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.scenarios.wording import did_you_mean, listed, refusal
from verdigrid.scenarios.yaml_file import decode

_TIME_NAMES = ("time", "timestamp", "date", "datetime")
_LOOKS_LIKE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([ T].*)?|\d{1,2}[./-]\d{1,2}[./-]\d+.*"
)

_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}([,' ][0-9]{3})+(\.[0-9]*)?")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+")
_GAPS = ("", "-", "--", "n/a", "na", "nan", "null", "none", "#n/a", "inf", "-inf")
_SHOWN_CELLS = 5


@dataclass(frozen=True)
class Table:
    """Cells of a CSV file as text.

    ``lines`` are the line numbers of the rows in the file; ``has_time`` tells
    whether the first column holds time stamps.
    """

    file: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    has_time: bool

    def column(self, name: str) -> list[str]:
        """Cells of a column. Raises InputError if there is none of that name."""
        if name not in self.header:
            known = self.header[1:] if self.has_time else self.header
            raise refusal(
                f"the unknown column {name!r}",
                f"one of {listed(known, 40)}",
                did_you_mean(name, known),
                file=self.file,
                line=1,
            )
        position = self.header.index(name)
        return [row[position].strip() for row in self.rows]


def read_table(raw: bytes, file: str) -> Table:
    """Split the bytes of a CSV file into cells. Raises InputError."""
    text = decode(raw, file)
    _refuse_other_separators(text, file)
    reader = csv.reader(io.StringIO(text, newline=""))
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise refusal(
            str(error), "comma-separated cells", file=file, line=reader.line_num
        ) from None
    while rows and not any(cell.strip() for cell in rows[-1]) and len(rows[-1]) <= 1:
        rows.pop()
        lines.pop()
    if len(rows) < 2:
        raise refusal(f"{len(rows)} rows", "a header and rows of numbers", file=file)
    header = [name.strip() for name in rows[0]]
    _refuse_bad_header(header, file)
    _refuse_ragged_rows(header, rows, lines, file)
    first = rows[1][0].strip()
    has_time = header[0].lower() in _TIME_NAMES or bool(
        _LOOKS_LIKE_TIME.fullmatch(first)
    )
    return Table(file, header, rows[1:], lines[1:], has_time)


def _refuse_other_separators(text: str, file: str) -> None:
    first = text.split("\n", 1)[0]
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if first.count(separator) > first.count(","):
            raise refusal(
                f"cells separated by {name}",
                "cells separated by commas",
                "export as CSV with commas and decimal points",
                file=file,
                line=1,
            )


def _refuse_bad_header(header: list[str], file: str) -> None:
    # exports of pandas leave the name of the time column empty
    empty = [n for n, name in enumerate(header, start=1) if not name and n > 1]
    if empty:
        hint = "remove the comma at the end of the row, or name the column"
        got = f"no name for column {empty[0]}"
        raise refusal(got, "a name for every column", hint, file=file, line=1)
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        got = f"the column {twice[0]!r} {header.count(twice[0])} times"
        raise refusal(got, "every column once", "rename one", file=file, line=1)


def _refuse_ragged_rows(
    header: list[str], rows: list[list[str]], lines: list[int], file: str
) -> None:
    width = len(header)
    for row, line in zip(rows, lines, strict=True):
        if len(row) == width:
            continue
        hint = ""
        if len(row) > width and not row[-1].strip():
            hint = "remove the comma at the end of the row"
        elif len(row) > width:
            hint = "a decimal comma splits a number in two: use decimal points"
        got = f"{len(row)} cells in row {line}"
        raise refusal(got, f"{width} as in the header", hint, file=file, line=line)


def read_numbers(table: Table, name: str) -> Floats:
    """Numbers of a column, shape (rows,). Raises InputError naming the bad cells."""
    cells = table.column(name)
    bad = [n for n, cell in enumerate(cells) if not _NUMBER.fullmatch(cell)]
    if not bad:
        numbers = np.array(cells, dtype=np.float64)
        bad = [int(n) for n in np.flatnonzero(~np.isfinite(numbers))]
    if not bad:
        return numbers
    some = ", ".join(
        f"row {table.lines[n]} {cells[n][:30]!r}" for n in bad[:_SHOWN_CELLS]
    )
    more = f" and {len(bad) - _SHOWN_CELLS} more" if len(bad) > _SHOWN_CELLS else ""
    count = (
        "1 cell that is no number"
        if len(bad) == 1
        else (f"{len(bad)} cells that are no numbers")
    )
    raise refusal(
        f"{count} in column {name!r}: {some}{more}",
        "a number in every row",
        _cell_hint(cells, bad),
        file=table.file,
        line=table.lines[bad[0]],
    )


def _cell_hint(cells: list[str], bad: list[int]) -> str:
    """What to do about the first bad cell."""
    cell = cells[bad[0]]
    if cell.lower() in _GAPS:
        return "fill the gap in the file; it is not filled in silently"
    if _THOUSANDS.fullmatch(cell):
        return "write numbers without thousands separators"
    if _DECIMAL_COMMA.fullmatch(cell):
        return "use decimal points"
    if cell.endswith("%"):
        return "use fractions instead of percent"
    if bad == [0]:
        return (
            "one header row only: put the unit at the end of the column's name, such "
            "as load_kw"
        )
    return ""
