"""What can be wrong in a CSV file: each is refused at its row, in words."""

# ruff: noqa: E501  (a case a line reads best)

import pytest

GOOD = """\
time,load_kw
2026-01-01 00:00,10
2026-01-01 01:00,20
2026-01-01 02:00,30
2026-01-01 03:00,40
"""
SHANGHAI = "{latitude: 31, longitude: 121, timezone: Asia/Shanghai}"


def edited(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


#: What, CSV file, line of the message, words of the message.
CASES = [
    ("nan", edited(",20", ",nan"), 3, ["row 3 'nan'", "not filled in silently"]),
    ("inf", edited(",20", ",inf"), 3, ["row 3 'inf'"]),
    ("overflow", edited(",20", ",1e999"), 3, ["1e999"]),
    ("n/a", edited(",20", ",n/a"), 3, ["'n/a'"]),
    ("dash", edited(",20", ",-"), 3, ["'-'"]),
    ("empty cell", edited(",20", ","), 3, ["row 3 ''"]),
    ("python number", edited(",20", ",1_000"), 3, ["'1_000'"]),
    ("foreign digits", edited(",20", ",\u0661\u0662"), 3, ["a number in every row"]),
    ("percent", edited(",20", ",95%"), 3, ["fractions instead of percent"]),
    ("thousands", edited(",20", ',"1,200.5"'), 3, ["thousands"]),
    ("decimal comma in quotes", edited(",20", ',"20,5"'), 3, ["decimal points"]),
    ("decimal comma", edited(",20", ",20,5"), 3, ["3 cells in row 3", "decimal comma"]),
    ("semicolons", GOOD.replace(",", ";"), 1, ["semicolons", "commas"]),
    ("tabs", GOOD.replace(",", "\t"), 1, ["tabs"]),
    ("trailing comma in a row", edited(",20", ",20,"), 3, ["comma at the end"]),
    ("trailing comma in all rows", GOOD.replace("\n", ",\n"), 1, ["column 3", "comma at the end"]),
    ("row too short", edited(",20", ""), 3, ["1 cells in row 3", "2 as in the header"]),
    ("unit row", edited("load_kw\n", "load_kw\n2025-12-31 23:00,kW\n"), 2, ["one header row"]),
    ("unit row at the time too", edited("load_kw\n", "load_kw\ntime,kW\n"), 2, ["one header row"]),
    ("column twice", GOOD.replace("time,load_kw", "time,load_kw,load_kw").replace("0\n", "0,1\n"), 1, ["'load_kw' 2 times"]),
    ("unknown column", edited("load_kw", "lod_kw"), 1, ["unknown column 'load_kw'", "did you mean lod_kw"]),
    ("day first", edited("2026-01-01 01:00", "01.01.2026 01:00"), 3, ["write the year first"]),
    ("day first everywhere", GOOD.replace("2026-01-01", "01/01/2026").replace("time", "x"), 2, ["write the year first"]),
    ("no such day", edited("2026-01-01 01:00", "2026-02-30 01:00"), 3, ["2026-02-30", "row 3"]),
    ("far future", GOOD.replace("2026", "9999"), 2, ["9999-01-01 00:00"]),
    ("no such hour", edited("2026-01-01 01:00", "2026-01-01 25:00"), 3, ["25:00"]),
    ("aware and naive", edited("2026-01-01 01:00", "2026-01-01 01:00Z"), 3, ["row 3", "offset"]),
    ("missing hour", edited("2026-01-01 01:00,20\n", ""), 3, ["2026-01-01 01:00", "missing before row 3"]),
    ("hour twice", edited("01-01 01:00", "01-01 00:00"), 3, ["2026-01-01 00:00 again in row 3"]),
    ("going back", edited("2026-01-01 03:00", "2026-01-01 01:00"), 5, ["2026-01-01 01:00 after", "row 5"]),
    ("too short", edited("2026-01-01 03:00,40\n", ""), None, ["3 steps", "4 steps"]),
    ("period end", GOOD.replace("03:00", "04:00").replace("02:00", "03:00").replace("01:00", "02:00").replace("00:00", "01:00"), None, ["mark the end of the step"]),
    ("middle of the step", GOOD.replace(":00,", ":30,"), None, ["not its middle"]),
    ("other year", GOOD.replace("2026", "2025"), None, ["2025-01-01 00:00", "align: date"]),
    ("finer", GOOD.replace("03:00", "00:45").replace("02:00", "00:30").replace("01:00", "00:15"), None, ["15 min", "aggregate: mean"]),
    ("coarser", GOOD.replace("01 03:00", "01 06:00").replace("02:00", "04:00").replace("01 01:00", "01 02:00"), None, ["120 min", "60 min"]),
    ("seconds", GOOD.replace("03:00", "00:00:03").replace("02:00", "00:00:02").replace("01 01:00", "01 00:00:01"), None, ["step of 1 s"]),
    ("negative load", edited(",20", ",-20"), None, ["-20 kW at 2026-01-01 01:00", "no negative"]),
    ("only a header", "time,load_kw\n", None, ["1 rows", "a header and rows"]),
    ("empty file", "", None, ["0 rows"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("csv", "line", "words"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_refused_at_its_row(box, csv, line, words):
    message = box.csv_problem(csv)
    # what is wrong with a cell is said at its row, the rest at the profile
    place = f"data.csv:{line}: " if line else ("s.yaml:11: ", "data.csv: ")
    assert message.startswith(place), message
    assert "components.plant.profile: " in message
    for word in words:
        assert word in message


def test_the_good_file_is_read(box):
    assert box.series(GOOD) == [10, 20, 30, 40]
    assert box.series("\ufeff" + GOOD) == [10, 20, 30, 40]
    assert box.series(GOOD.replace("\n", "\r\n")) == [10, 20, 30, 40]
    assert box.series(GOOD + "\n\n") == [10, 20, 30, 40]
    assert box.series(GOOD.replace(" 0", "T0")) == [10, 20, 30, 40]
    assert box.series(GOOD.replace("time", "")) == [10, 20, 30, 40]


def test_stamp_with_seconds_followed_by_its_value(box):
    csv = GOOD.replace(":00,", ":00:00,8675")
    assert box.series(csv) == [867510, 867520, 867530, 867540]


def test_five_bad_cells_are_shown_and_all_are_counted(box):
    rows = "".join(f"2026-01-01 {hour:02}:00,x\n" for hour in range(8))
    message = box.csv_problem("time,load_kw\n" + rows)
    assert "8 cells" in message
    assert "row 6 'x' and 3 more" in message


def test_other_encodings_are_refused_with_the_byte(box):
    assert "offset 4" in box.csv_problem(b"time\xe9,load_kw\n")
    assert "UTF-8" in box.csv_problem(GOOD.encode("utf-16"))


def test_a_file_that_is_longer_is_cut_and_it_is_said(box):
    box.write("data.csv", GOOD + "2026-01-01 04:00,50\n")
    text = box.with_profile("{file: data.csv, column: load_kw}")
    scenario = box.load(text)
    assert list(scenario.microgrid.series["components.plant.profile"]) == [
        10,
        20,
        30,
        40,
    ]
    assert any("1 of 5 steps lie outside the horizon" in n for n in scenario.notes)


def test_without_time_column_the_rows_must_be_the_steps(box):
    assert box.series("load_kw\n1\n2\n3\n4\n") == [1, 2, 3, 4]
    message = box.csv_problem("load_kw\n1\n2\n3\n")
    assert "3 rows" in message
    assert "4 rows" in message
    assert "a time column" in box.csv_problem("load_kw\n1\n2\n3\n4\n", ", align: date")
    eight = "load_kw\n" + "".join(f"{n}\n" for n in range(8))
    half = ", step_minutes: 30, aggregate: mean"
    assert box.series(eight, half) == [0.5, 2.5, 4.5, 6.5]


def test_declared_step_must_be_that_of_the_stamps(box):
    assert "60 min" in box.csv_problem(GOOD, ", step_minutes: 30")


def test_values_must_be_one_per_step(box):
    text = box.with_profile("{values: [1, 2, 3]}")
    assert "3 values, expected 4 values" in box.problem(text)
    text = box.with_profile("{values: [1, 2, 3, .nan]}")
    assert ".nan" in box.problem(text)


def test_yield_in_percent_and_factors_in_grams_are_refused(box):
    box.write(
        "y.csv",
        "time,a_fraction,b_kg_per_kwh\n"
        + "".join(
            f"2026-01-01 0{hour}:00,{hour * 20},{hour * 200}\n" for hour in range(4)
        ),
    )
    pv = "  roof: {kind: pv, bus: electricity, capacity: {existing_kw: 5, om_per_kw_year: 1}, yield_kw_per_kw: {file: y.csv, column: a_fraction}}\n"
    message = box.problem(box.base + pv)
    assert "20 kW/kWp at 2026-01-01 01:00 (3 steps)" in message
    assert "at most 1.2" in message
    assert "percent" in message
    text = box.edited(("kwh: 0.4", "kwh: {file: y.csv, column: b_kg_per_kwh}"))
    message = box.problem(text)
    assert "at most 1.5 kgCO2e/kWh" in message
    assert "g/kWh" in message


def test_constant_and_huge_series_are_noted(box):
    box.write("data.csv", "load_kw\n2e6\n2e6\n2e6\n2e6\n")
    notes = box.load(box.with_profile("{file: data.csv, column: load_kw}")).notes
    assert any("constant (2e+06 kW)" in note for note in notes)
    assert any("in W?" in note for note in notes)


def test_yield_at_night_and_odd_yearly_yield_are_noted(box):
    """A day curve that is eight hours late, and total power taken for power per kW."""
    rows = []
    for _ in range(365):
        for hour in range(24):
            sun = max(0, 6 - abs(hour - 20)) / 6
            rows.append(f"{sun}\n")
    box.write("y.csv", "a_fraction\n" + "".join(rows))
    text = box.with_profile("100", "{start: 2026-01-01, represents: as_is}", SHANGHAI)
    pv = "  roof: {kind: pv, bus: electricity, capacity: {existing_kw: 5, om_per_kw_year: 1}, yield_kw_per_kw: {file: y.csv, column: a_fraction%s}}\n"
    notes = box.load(text + pv % "").notes
    assert any("of the yield is in the dark" in note for note in notes)
    notes = box.load(text + pv % ", factor: 0.1").notes
    assert any("kWh per kW and year" in note for note in notes)
