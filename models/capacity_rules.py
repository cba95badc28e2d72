"""What a capacity may not say: each rule refuses with what is wrong, in words."""

from typing import TYPE_CHECKING

from verdigrid.models.cost_curve import rises

if TYPE_CHECKING:
    from verdigrid.models.sizing import Sizing

#: Sizes closer than this share are the same.
SAME = 1e-9


def refuse_nonsense(capacity: "Sizing") -> None:
    """Raise ValueError with the first thing that is wrong."""
    name = {
        field: info.alias or field
        for field, info in type(capacity).model_fields.items()
    }
    _check_units(capacity, name)
    _check_standing(capacity, name)
    _check_price(capacity, name)
    _check_catalogue(capacity, name)
    _check_purchase(capacity, name)
    _check_money(capacity, name)
    _check_rebate(capacity, name)
    _check_scrap(capacity, name)


def _check_units(capacity: "Sizing", name: dict[str, str]) -> None:
    count, unit, existing = capacity.existing_units, capacity.unit, capacity.existing
    if count is None:
        return
    if unit is None:
        raise ValueError(f"existing_units counts units: add {name['unit']}")
    if abs(existing - count * unit) > SAME * existing:
        raise ValueError(
            f"{name['existing']} ({existing:g}) is not existing_units x "
            f"{name['unit']} ({count * unit:g}); give one of them"
        )


def _check_standing(capacity: "Sizing", name: dict[str, str]) -> None:
    """What only makes sense for something that stands."""
    left, life = capacity.remaining_years, capacity.lifetime_years
    about = {"remaining_years": left, "retire": capacity.retire}
    for key, given in about.items():
        if given is not None and capacity.existing == 0:
            raise ValueError(
                f"{key} is about what stands: add {name['existing']}, or say null"
            )
    if capacity.renewal_per_unit is not None and left is None:
        raise ValueError(
            f"{name['renewal_per_unit']} without remaining_years, which says when it "
            "is due"
        )
    if life is not None and left is not None and left > life:
        raise ValueError(
            f"remaining_years ({left:g}) is more than lifetime_years ({life:g})"
        )


def _check_price(capacity: "Sizing", name: dict[str, str]) -> None:
    """One way to say what new capacity costs, and that in order."""
    ways = {
        name["capex_per_unit"]: capacity.capex_per_unit,
        "cost_curve": capacity.cost_curve,
        "catalogue": capacity.catalogue,
    }
    given = [key for key, value in ways.items() if value is not None]
    if len(given) > 1:
        raise ValueError(f"give only one of {' and '.join(given)}: each is the price")
    if capacity.cost_curve is not None:
        if not capacity.cost_curve:
            raise ValueError("cost_curve needs at least one segment")
        if not rises(capacity.cost_curve):
            raise ValueError("cost_curve: every segment ends beyond the one before")


def _check_catalogue(capacity: "Sizing", name: dict[str, str]) -> None:
    if capacity.catalogue is None:
        if capacity.catalogue_choice is not None:
            raise ValueError("catalogue_choice is about a catalogue: add catalogue")
        return
    names = [product.name for product in capacity.catalogue]
    if not names or len(set(names)) < len(names):
        raise ValueError("catalogue needs products, each with a name of its own")
    if capacity.replacement_per_unit is not None:
        raise ValueError(
            f"no {name['replacement_per_unit']} with a catalogue: its products are "
            "replaced at their own price"
        )
    if capacity.unit is not None or capacity.embodied_kg_per_unit:
        raise ValueError(
            f"no {name['unit']} or {name['embodied_kg_per_unit']} with a catalogue: "
            "its products say their own"
        )


def _check_purchase(capacity: "Sizing", name: dict[str, str]) -> None:
    """What is bought fits into what there is room for."""
    maximum, existing, most = capacity.maximum, capacity.existing, capacity.most_new
    if maximum is not None and maximum < existing and not capacity.is_forced:
        raise ValueError(
            f"{name['maximum']} is the total and must not be below "
            f"{name['existing']} ({existing:g})"
        )
    room = 0.0 if maximum is None else maximum - capacity.least
    if capacity.unit is not None and 0 < room < capacity.unit * (1 - SAME):
        raise ValueError(
            f"{name['unit']} ({capacity.unit:g}) is more than can be bought ({room:g})"
        )
    if capacity.catalogue and most == 0 < room:
        raise ValueError(
            f"every product of the catalogue is larger than can be bought ({room:g})"
        )
    if capacity.minimum > most > 0:
        raise ValueError(
            f"{name['minimum']} ({capacity.minimum:g}) is more than can be bought "
            f"({most:g})"
        )
    curve = capacity.cost_curve
    if curve and curve[-1].up_to < most * (1 - SAME):
        raise ValueError(
            f"cost_curve ends at {curve[-1].up_to:g}, but up to {most:g} can be bought"
        )


def _check_money(capacity: "Sizing", name: dict[str, str]) -> None:
    """Money that somebody must say."""
    missing = []
    priced = capacity.cost_curve or capacity.catalogue
    if capacity.most_new > 0 and not priced and capacity.capex_per_unit is None:
        missing.append(name["capex_per_unit"])
    most = capacity.existing
    if not capacity.catalogue:
        most = max(most, capacity.limit)
    if most > 0 and capacity.om_per_unit_year is None:
        missing.append(name["om_per_unit_year"])
    renewal = (capacity.renewal_per_unit, capacity.capex_per_unit)
    if capacity.remaining_years is not None and renewal == (None, None):
        missing.append(name["renewal_per_unit"])
    if missing:
        raise ValueError(
            f"{' and '.join(missing)} missing: money has no built-in default; "
            "give 0 if it costs nothing, or extend a cost file"
        )


def _check_scrap(capacity: "Sizing", name: dict[str, str]) -> None:
    """What stands is not worth more as scrap than a new one costs."""
    retire, each = capacity.retire, capacity.capex_per_unit
    if retire is None or each is None or capacity.most_new == 0:
        return
    if -retire.paid_per_unit > each:
        raise ValueError(
            f"retire: scrap less removal ({-retire.paid_per_unit:g}) is more than "
            f"{name['capex_per_unit']} ({each:g}): what stands would be sold, and "
            "bought anew"
        )


def _check_rebate(capacity: "Sizing", name: dict[str, str]) -> None:
    """No more is paid back than was paid, where the price per unit is known."""
    incentives, each = capacity.incentives, capacity.capex_per_unit
    if incentives is None or each is None:
        return
    # The more is bought, the less of the price is capex_fixed.
    units = capacity.most_new or 1.0
    price = each * units + capacity.capex_fixed
    back = incentives.rebate(price, units)
    if back > price * (1 + SAME):
        raise ValueError(
            f"incentives pay back {back:g} of a price of {price:g} for {units:g} "
            f"{capacity.unit_name}: rebate_share x price + rebate_per_unit x units at "
            f"most the price ({name['capex_per_unit']} x units + capex_fixed)"
        )
