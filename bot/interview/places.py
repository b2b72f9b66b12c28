"""Where a school can be: regions of Kazakhstan and, where the study needs them, their districts.

Read from `data/places.toml`. A region may have no districts; the interview then asks none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.interview.fields import Option, Table, Text, read_table


@dataclass(frozen=True, slots=True)
class Region:
    """A region or a city of its own; `districts` may be empty."""

    id: str
    name: Text
    districts: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """All regions, in the order in which they are shown."""

    version: str
    regions: tuple[Region, ...]

    def districts(self, region: str | None) -> tuple[Option, ...]:
        """The districts of `region`; empty for an unknown region or None."""
        return next((found.districts for found in self.regions if found.id == region), ())


def load_places(path: Path) -> Places:
    """The places in the file `path`. Raises GuideError naming file, key and what is allowed."""
    table, _ = read_table(path)
    table.only(("version", "regions"))
    named = table.options("regions", beside=("districts",))
    districts = [_districts(region) for region in table.tables("regions")]
    regions = tuple(Region(option.id, option.label, found) for option, found in zip(named, districts, strict=True))
    return Places(table.string("version", 40), regions)


def _districts(region: Table) -> tuple[Option, ...]:
    return region.options("districts") if "districts" in region.values else ()
