"""A rate of the US Utility Rate Database as a tariff.

    energy   a price for each period of the schedule (band), plus what tiers add to it
    demand   highest import of a month in the hours of each period
    flat     highest import of a month, at a price by month, at times with a ratchet

Whatever is money and cannot be said as a tariff is refused with its key.
"""

from collections.abc import Sequence

from verdigrid.models.errors import InputError
from verdigrid.scenarios.document import Data
from verdigrid.scenarios.urdb_file import (
    DELETE,
    Period,
    RateReader,
    is_nothing,
    one_rate,
)
from verdigrid.scenarios.urdb_schedule import windows
from verdigrid.scenarios.wording import shown


def read_urdb(raw: bytes) -> tuple[Data, list[str]]:
    """The tariff of a JSON file as raw data, and notes. Raises InputError."""
    rate = _Rate(one_rate(raw))
    tariff = rate.tariff()
    if rate.problems:
        raise InputError(rate.problems)
    return tariff, rate.notes


class _Rate(RateReader):
    """Puts the tariff together."""

    def tariff(self) -> Data:
        """The raw data of the tariff."""
        self.refuse_keys()
        tariff = self._about()
        energy = self._energy()
        if self.problems:
            return {}
        demand = self._flat_demand() + self._demand_by_hour()
        if demand:
            energy["demand_charges"] = demand
        fixed = self._fixed()
        if "net_metering" in energy and "minimum_per_month" in fixed:
            key = "minmonthlycharge" if self.number("minmonthlycharge") else "mincharge"
            expected = "no minimum bill beside net metering"
            self.refuse(key, f"{fixed['minimum_per_month']:g}", expected, DELETE)
        return {**tariff, **energy, **fixed}

    def _about(self) -> Data:
        country = self.data.get("country") or "USA"
        if country not in ("USA", "US", "United States"):
            self.refuse("country", shown(country), "USA, whose prices are in USD")
        names = [self.data.get(key) for key in ("utility", "name", "uri")]
        label = self.data.get("label") or "without label"
        about = ", ".join(str(name) for name in names if name)
        start, end = (self.date(key) for key in ("startdate", "enddate"))
        valid: Data = {"from": start} if start else {}
        if start and end:
            valid["until"] = end
        source = f"US Utility Rate Database, rate {label}: {about}"
        return {"source": source, "currency": "USD"} | (
            {"valid": valid} if valid else {}
        )

    # -- energy ---------------------------------------------------------------------

    def _energy(self) -> Data:
        key = "energyratestructure"
        periods = self.structure(key)
        schedule = self.schedule("energy", len(periods)) if periods else None
        if not periods and not self.problems:
            self.refuse(key, "[]", "at least one period")
        if schedule is None or self.problems:
            return {}
        used = schedule.periods()
        prices, tiers = self._tiers({p: periods[p] for p in used})
        if self.problems:
            return {}
        sells = {p: self._sell(f"{key}.{p}", periods[p]) for p in used}
        energy: Data = {"energy_tiers": tiers} if tiers else {}
        if len(used) == 1:
            energy["price_per_kwh"] = prices[used[0]]
        else:
            energy["bands"] = {f"period_{p}": prices[p] for p in used}
            energy["periods"] = [
                {"band": f"period_{p}", **window}
                for p in used
                for window in windows(schedule, p)
            ]
        adders = self._fuel_adjustment()
        return energy | adders | self._feed_in(sells, bool(tiers))

    def _tiers(self, periods: dict[int, Period]) -> tuple[dict[int, float], list[Data]]:
        """The price of each period, and what its tiers add to it, which must agree."""
        key = "energyratestructure"
        first = next(iter(periods.values()))
        ends = [tier.up_to for tier in first]
        steps = [tier.rate - first[0].rate for tier in first]
        for p, period in periods.items():
            if [tier.up_to for tier in period] != ends:
                expected = "tiers of the same max in every period"
                self.refuse(f"{key}.{p}", "tiers of another max", expected)
                return {}, []
            rises = [tier.rate - period[0].rate for tier in period]
            if any(abs(a - b) > 1e-9 for a, b in zip(rises, steps, strict=True)):
                expected = "tiers that differ by the same in every period"
                self.refuse(f"{key}.{p}", "tiers of other differences", expected)
                return {}, []
        low = min(steps)
        prices = {p: round(period[0].rate + low, 12) for p, period in periods.items()}
        if len(steps) == 1:
            return prices, []
        tiers = [
            {"price_per_kwh": round(step - low, 12)}
            | ({} if end is None else {"up_to_kwh": float(end)})
            for end, step in zip(ends, steps, strict=True)
        ]
        return prices, tiers

    def _sell(self, path: str, period: Period) -> float | None:
        found = {tier.sell for tier in period}
        if len(found) > 1:
            self.refuse(f"{path}.0.sell", "several prices", "one price of feed-in")
        return period[0].sell

    def _feed_in(self, sells: dict[int, float | None], has_tiers: bool) -> Data:
        rule = str(self.data.get("dgrules") or "").strip().lower()
        nets = bool(self.data.get("usenetmetering")) or rule == "net metering"
        if rule not in ("", "net metering") and not rule.startswith("net billing"):
            expected = "Net Metering, or Net Billing"
            self.refuse("dgrules", shown(self.data["dgrules"]), expected, DELETE)
            return {}
        prices = {p: price or 0.0 for p, price in sells.items()}
        if nets:
            if has_tiers:
                expected = "no net metering where energy has tiers"
                self.refuse("dgrules", "net metering", expected, DELETE)
            if len(set(prices.values())) > 1:
                expected = "one price of what is left over by net metering"
                self.refuse("energyratestructure", "several sell", expected)
            self.notes.append(
                "feed-in takes back purchases over the year (net metering); "
                "export_limit_kw: 0 leaves feed-in out"
            )
            return {"net_metering": {"surplus_price_per_kwh": max(prices.values())}}
        if all(price is None for price in sells.values()):
            return {}
        if len(prices) == 1:
            return {"export_price_per_kwh": max(prices.values())}
        return {"export_bands": {f"period_{p}": price for p, price in prices.items()}}

    def _fuel_adjustment(self) -> Data:
        key = "fueladjustmentsmonthly"
        if is_nothing(self.data.get(key)):
            return {}
        months = self.months(key)
        if len(set(months)) > 1:
            self.refuse(key, "prices that differ by month", "the same in every month")
        return {"adders_per_kwh": {"fuel adjustment": months[0]}} if months else {}

    # -- demand ----------------------------------------------------------------------

    def _demand_by_hour(self) -> list[Data]:
        key = "demandratestructure"
        periods = self.structure(key)
        if not any(tier.rate for period in periods for tier in period):
            return []
        schedule = self.schedule("demand", len(periods))
        if schedule is None:
            return []
        found = []
        for p in schedule.periods():
            if not any(tier.rate for tier in periods[p]):
                continue
            parts = windows(schedule, p)
            months = sorted({m for part in parts for m in part.get("months", _YEAR)})
            charge: Data = {"name": f"period {p}", "months": months, "windows": parts}
            found.append({**charge, **_demand_price(periods[p])})
        return found

    def _flat_demand(self) -> list[Data]:
        key = "flatdemandstructure"
        shares, ratchet = self._ratchet()
        periods = self.structure(key)
        if not any(tier.rate for period in periods for tier in period):
            if any(shares):
                got, expected = "a ratchet", "flatdemandstructure that it is about"
                self.refuse("demandratchetpercentage or lookback", got, expected)
            return []
        month_of = self.months("flatdemandmonths", len(periods))
        kinds = list(dict.fromkeys(zip(month_of, shares, strict=False)))
        found = []
        for p, share in kinds:
            if not any(tier.rate for tier in periods[p]):
                continue
            months = [
                m + 1 for m in range(12) if (month_of[m], shares[m]) == (p, share)
            ]
            name = "flat" if len(kinds) == 1 else f"flat {p}"
            if len({one for q, one in kinds if q == p}) > 1:
                name += f", ratchet {share:g}"
            charge: Data = {"name": name, "months": months, **_demand_price(periods[p])}
            if share:
                charge["ratchet"] = {"share": share, **ratchet}
            found.append(charge)
        return found

    def _ratchet(self) -> tuple[list[float], Data]:
        """The share that binds each month, and the months that it is of."""
        key = "demandratchetpercentage"
        percent = self.number("lookbackpercent")
        none = [0.0] * 12
        if not is_nothing(self.data.get(key)):
            if percent:
                self.refuse(key, "beside lookbackpercent", "one of the two")
            shares = [float(share) for share in self.months(key)] or none
            return self._shares(key, shares), {"look_back_months": 11}
        if not percent:
            return none, {}
        back = int(self.number("lookbackrange"))
        months = self.data.get("lookbackmonths")
        named = [m + 1 for m, one in enumerate(months or []) if not is_nothing(one)]
        if bool(back) == bool(named):
            expected = "either lookbackrange or lookbackmonths"
            self.refuse("lookbackpercent", shown(percent), expected)
        looks: Data = {"look_back_months": min(back, 11)} if back else {"months": named}
        return self._shares("lookbackpercent", [percent] * 12), looks

    def _shares(self, key: str, shares: list[float]) -> list[float]:
        if not all(0 <= share <= 1 for share in shares):
            self.refuse(key, f"{max(shares):g}", "shares from 0 to 1")
        return shares

    # -- fixed -----------------------------------------------------------------------

    def _fixed(self) -> Data:
        tariff: Data = {}
        fixed = self.number("fixedchargefirstmeter")
        monthly = self.number("fixedmonthlycharge")
        if fixed and monthly:
            got, expected = "beside fixedchargefirstmeter", "one of the two"
            self.refuse("fixedmonthlycharge", got, expected)
        unit = self.data.get("fixedchargeunits")
        if fixed and unit == "$/day":
            tariff["fixed_per_day"] = fixed
        elif fixed and unit in ("$/month", "$/year"):
            monthly = fixed / 12 if unit == "$/year" else fixed
        elif fixed:
            expected = "$/month, $/day or $/year"
            self.refuse("fixedchargeunits", shown(unit), expected)
        if monthly:
            tariff["fixed_per_month"] = monthly
        least = self.number("minmonthlycharge")
        other, unit = self.number("mincharge"), self.data.get("minchargeunits")
        if other and unit != "$/month":
            self.refuse("minchargeunits", shown(unit), "$/month")
        if least and other:
            self.refuse("mincharge", "beside minmonthlycharge", "one of the two")
        if least or other:
            tariff["minimum_per_month"] = least or other
        return tariff


_YEAR: Sequence[int] = range(1, 13)


def _demand_price(period: Period) -> Data:
    if len(period) == 1:
        return {"rate_per_kw": period[0].rate}
    return {
        "tiers": [
            {"rate_per_kw": tier.rate}
            | ({} if tier.up_to is None else {"up_to_kw": float(tier.up_to)})
            for tier in period
        ]
    }
