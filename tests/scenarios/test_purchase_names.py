"""Policies about purchases, and what stands, judged while the file is loaded."""

ROOF = """\
components:
  roof:
    kind: pv
    bus: electricity
    yield_kw_per_kw: 0.5
    capacity: {max_kw: 50, min_kw: 5, capex_per_kw: 800, om_per_kw_year: 10}
  wall:
    kind: pv
    bus: electricity
    yield_kw_per_kw: 0.3
    capacity: {max_kw: 50, capex_per_kw: 700, om_per_kw_year: 10}
"""


def with_policy(box, text, roof=ROOF):
    return box.edited(("components:\n", roof)) + f"policies:\n{text}"


def test_policies_about_purchases_load(box):
    scenario = box.load(
        with_policy(
            box,
            "  area: {kind: shared_limit, uses: {roof.capacity: 5, wall.capacity: 6},"
            " at_most: 100, measured_in: m2}\n"
            "  first: {kind: requires, capacity: wall.capacity, needs:"
            " [roof.capacity]}\n",
        )
    )
    assert set(scenario.microgrid.policies) == {"area", "first"}


def test_unknown_name_with_file_and_line(box):
    text = with_policy(
        box, "  area:\n    kind: shared_limit\n    at_most: 9\n    uses: {roof: 5}\n"
    )
    line = text.splitlines().index("    uses: {roof: 5}") + 1
    said = box.problem(text)
    assert said.startswith(f"s.yaml:{line}: policies.area.uses: got 'roof', expected a")
    assert "one of roof.capacity, wall.capacity" in said


def test_circle_with_file_and_line(box):
    roof = ROOF.replace("max_kw: 50, capex", "max_kw: 50, min_kw: 5, capex")
    text = with_policy(
        box,
        "  one: {kind: requires, capacity: wall.capacity, needs: [roof.capacity]}\n"
        "  two: {kind: requires, capacity: roof.capacity, needs: [wall.capacity]}\n",
        roof,
    )
    found = [str(problem) for problem in box.problems(text)]
    assert len(found) == 2
    assert "policies.one.needs: got a circle: wall.capacity needs roof" in found[0]


def test_what_stands_lasts_no_longer_than_the_kind(box):
    stands = ROOF.replace(
        "max_kw: 50, min_kw: 5,", "existing_kw: 9, max_kw: 50, remaining_years: 40,"
    )
    text = box.edited(("components:\n", stands))
    said = box.problem(text)
    assert "components.roof.capacity.remaining_years: got 40, expected at most" in said


def test_curve_and_catalogue_load_and_are_shown_again(box):
    curve = (
        "cost_curve: [{up_to_kw: 10, capex_per_kw: 900}, "
        "{up_to_kw: 50, capex_per_kw: 700}]"
    )
    goods = "catalogue: [{name: X, kw: 5, capex: 900, om_per_year: 3}]"
    text = box.edited(
        (
            "components:\n",
            ROOF.replace("capex_per_kw: 800", curve).replace(
                "max_kw: 50, capex_per_kw: 700, om_per_kw_year: 10", goods
            ),
        )
    )
    scenario = box.load(text)
    roof = scenario.microgrid.components["roof"].capacities()["capacity"]
    assert roof.curve.prices == (900, 700)
    wall = scenario.microgrid.components["wall"].capacities()["capacity"]
    assert (wall.limit, wall.catalogue[0].name) == (5, "X")


def test_mistakes_inside_are_found_where_they_stand(box):
    curve = "cost_curve: [{up_to_kw: 10, capex_per_kwh: 900}]"
    text = box.edited(("components:\n", ROOF.replace("capex_per_kw: 800", curve)))
    found = [str(problem) for problem in box.problems(text)]
    assert "roof.capacity.cost_curve.0.capex_per_kwh: got the unknown key" in found[0]
    assert "did you mean capex_per_kw?" in found[0]
