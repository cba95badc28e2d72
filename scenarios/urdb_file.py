"""Reading a rate of the US Utility Rate Database (JSON), key by key.

The format: periods by number, each with tiers (``rate`` + ``adj``, up to ``max``), and
schedules of 12 months x 24 hours, for workdays and for weekends, that name the period
of each hour. What cannot be a tariff is refused with its key; keys that only describe
are left out (``DESCRIPTIVE``).
"""

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

from verdigrid.models.errors import Problem
from verdigrid.scenarios.document import Data
from verdigrid.scenarios.urdb_schedule import Schedule
from verdigrid.scenarios.wording import did_you_mean, refusal, shown
from verdigrid.scenarios.yaml_file import decode

#: What a rate is called, who may have it, and remarks: nothing of it is billed. The
#: charge for each additional meter is here because a connection has one.
DESCRIPTIVE = frozenset(
    {
        "label",
        "uri",
        "name",
        "utility",
        "utility_name",
        "utility_id",
        "eiaid",
        "sector",
        "servicetype",
        "description",
        "source",
        "sourceparent",
        "basicinformationcomments",
        "energycomments",
        "demandcomments",
        "approved",
        "is_default",
        "isdefault",
        "supersedes",
        "supercedes",
        "revisions",
        "country",
        "startdate",
        "enddate",
        "latest_update",
        "phasewiring",
        "voltagecategory",
        "voltageminimum",
        "voltagemaximum",
        "peakkwcapacitymin",
        "peakkwcapacitymax",
        "peakkwcapacityhistory",
        "peakkwusagemin",
        "peakkwhusagemin",
        "peakkwhusagemax",
        "peakkwhusagehistory",
        "demandwindow",
        "fixedchargeeaaddl",
        "energyattrs",
        "demandattrs",
        "fixedattrs",
    }
)
#: Money that a tariff cannot say yet; refused unless it is nothing.
_REFUSED = {
    "demandreactivepowercharge": "no price of reactive power",
    "coincidentratestructure": "no charge on hours that the grid names afterwards",
    "coincidentrateschedule": "no charge on hours that the grid names afterwards",
    "annualmincharge": "no minimum bill of a year, only of a month",
}
_READ = frozenset(
    {
        "energyratestructure",
        "energyweekdayschedule",
        "energyweekendschedule",
        "demandratestructure",
        "demandweekdayschedule",
        "demandweekendschedule",
        "flatdemandstructure",
        "flatdemandmonths",
        "demandratchetpercentage",
        "lookbackpercent",
        "lookbackmonths",
        "lookbackrange",
        "fixedchargefirstmeter",
        "fixedchargeunits",
        "fixedmonthlycharge",
        "minmonthlycharge",
        "mincharge",
        "minchargeunits",
        "fueladjustmentsmonthly",
        "dgrules",
        "usenetmetering",
    }
)
_UNITS = {
    "demandrateunit": "kW",
    "flatdemandunit": "kW",
    "demandunits": "kW",
    "coincidentrateunit": "kW",
}
_TIER_KEYS = {"max", "rate", "adj", "sell", "unit"}
#: A tier up to this has no end.
_NO_END = 1e9
DELETE = "delete the key from the file if it does not concern you"


@dataclass(frozen=True)
class Tier:
    """A price up to some amount; without end if that is None."""

    up_to: float | None
    rate: float
    sell: float | None


Period = list[Tier]


def one_rate(raw: bytes) -> Data:
    """The only rate in the file, its keys in small letters."""
    try:
        data = json.loads(decode(raw, ""), parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        text = getattr(error, "msg", "deeply nested data")
        raise refusal(text, "a JSON file of one rate", line=line) from None
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        data = data["items"]
    if isinstance(data, list):
        if len(data) != 1:
            expected, hint = "one rate", "keep the one that you mean"
            raise refusal(f"{len(data)} rates", expected, hint, path="items")
        data = data[0]
    if not isinstance(data, dict) or "energyratestructure" not in data:
        raise refusal(shown(data), "a rate with energyratestructure")
    return {key.lower(): value for key, value in data.items()}


def _refuse_constant(text: str) -> None:
    raise refusal(text, "a finite number")


def is_nothing(value: Any) -> bool:
    """True for what costs nothing: null, 0, empty text, and lists of these."""
    if isinstance(value, list):
        return all(is_nothing(item) for item in value)
    if isinstance(value, dict):
        return all(is_nothing(value.get(key)) for key in ("rate", "adj"))
    return value is None or value in ("", 0, False)


@dataclass
class RateReader:
    """Reads the values of one rate, and collects what is wrong with them."""

    data: Data
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, path: str, got: str, expected: str, hint: str = "") -> None:
        """Note a problem at a key."""
        self.problems.append(Problem(path, got, expected, hint))

    def refuse_keys(self) -> None:
        """Refuse keys that are unknown, or money that a tariff cannot say."""
        known = {*DESCRIPTIVE, *_READ, *_REFUSED, *_UNITS}
        for key, value in self.data.items():
            if key not in known:
                expected = "a key of the format"
                hint = did_you_mean(key, sorted(known)) or DELETE
                self.refuse(key, "an unknown key", expected, hint)
            elif key in _REFUSED and not is_nothing(value):
                self.refuse(key, shown(value), _REFUSED[key], DELETE)
            elif key in _UNITS and value not in (None, "", _UNITS[key]):
                self.refuse(key, shown(value), _UNITS[key])
        remarks = ("energyattrs", "demandattrs", "fixedattrs")
        given = [key for key in remarks if self.data.get(key)]
        if given:
            self.notes.append(f"remarks that are not billed: {', '.join(given)}")

    def date(self, key: str) -> str | None:
        """A date given in seconds since 1970, as text."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        try:
            return f"{dt.datetime.fromtimestamp(float(value), dt.UTC):%Y-%m-%d}"
        except (TypeError, ValueError, OverflowError, OSError):
            self.refuse(key, shown(value), "seconds since 1970")
            return None

    def number(self, key: str) -> float:
        """A number; 0 if there is none."""
        value = self.data.get(key)
        if value is None or value == "":
            return 0.0
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(key, shown(value), "a number")
            return 0.0
        return float(value)

    def months(self, key: str, most: int | None = None) -> list[Any]:
        """Twelve numbers, whole ones below ``most`` if that is given."""
        value = self.data.get(key)
        kinds = (int, float) if most is None else (int,)
        fits = isinstance(value, list) and len(value) == 12
        if not fits or not all(type(one) in kinds for one in value or ()):
            self.refuse(key, shown(value), "twelve numbers")
            return []
        if most is not None and not set(value or ()) <= set(range(most)):
            self.refuse(key, shown(max(value or ())), f"numbers of {most} periods")
            return []
        return list(value or ())

    def structure(self, key: str) -> list[Period]:
        """The periods under a key, each with its tiers."""
        value = self.data.get(key) or []
        if not isinstance(value, list) or not all(
            isinstance(period, list) and period for period in value
        ):
            self.refuse(key, shown(value), "a list of periods, each a list of tiers")
            return []
        return [
            [
                self._tier(f"{key}.{p}.{t}", tier, is_last=t == len(period) - 1)
                for t, tier in enumerate(period)
            ]
            for p, period in enumerate(value)
        ]

    def _tier(self, path: str, tier: Any, is_last: bool) -> Tier:
        nothing = Tier(None, 0.0, None)
        if not isinstance(tier, dict):
            self.refuse(path, shown(tier), "a map with rate")
            return nothing
        for key in set(tier) - _TIER_KEYS:
            hint = did_you_mean(key, _TIER_KEYS) or DELETE
            self.refuse(f"{path}.{key}", "an unknown key", "rate, adj, max, sell", hint)
        found = {key: tier.get(key) for key in ("rate", "adj", "max", "sell")}
        for key, value in found.items():
            if isinstance(value, bool) or not isinstance(value, int | float | None):
                self.refuse(f"{path}.{key}", shown(value), "a number")
                return nothing
        if found["rate"] is None and found["adj"] is None:
            self.refuse(f"{path}.rate", "nothing", "the price of the tier")
        up_to = found["max"] if (found["max"] or 0) < _NO_END else None
        if is_last and up_to is not None:
            expected = "no end of the last tier"
            self.refuse(f"{path}.max", f"{up_to:g}", expected, "what costs more?")
        if not is_last and up_to is None:
            self.refuse(f"{path}.max", "nothing", "the upper end of the tier")
        rate = (found["rate"] or 0.0) + (found["adj"] or 0.0)
        self._check_unit(path, tier.get("unit"), is_last and path.endswith(".0"))
        return Tier(up_to, rate, found["sell"])

    def _check_unit(self, path: str, unit: Any, is_only: bool) -> None:
        """Tiers may count kWh of the month, or kW; the price is per that anyway."""
        expected = "kWh" if path.startswith("energy") else "kW"
        if unit in (None, "", expected):
            return
        if is_only and str(unit).startswith("kWh") and expected == "kWh":
            return
        hint = "tiers by day, or by kW of demand, cannot be said"
        self.refuse(f"{path}.unit", shown(unit), expected, hint)

    def schedule(self, head: str, periods: int) -> Schedule | None:
        """When each of so many periods holds."""
        workdays = self._rows(f"{head}weekdayschedule", periods)
        weekends = self._rows(f"{head}weekendschedule", periods)
        return Schedule(workdays, weekends) if workdays and weekends else None

    def _rows(self, key: str, periods: int) -> list[list[int]]:
        """12 months of 24 numbers of periods; none if it is anything else."""
        rows = self.data.get(key)
        months = rows if isinstance(rows, list) else []
        lengths = [len(row) if isinstance(row, list) else 0 for row in months]
        if lengths != [24] * 12:
            self.refuse(key, shown(rows), "12 months of 24 hours")
            return []
        numbers = [number for row in months for number in row]
        if any(type(n) is not int or not 0 <= n < periods for n in numbers):
            expected = f"numbers of the {periods} periods, from 0"
            self.refuse(key, "a period that there is not", expected)
            return []
        return months
