"""Counts that hang together: what is printed, what readers could work out from it, and the sums between them. Pure.

Readers subtract. Whoever reads that 9 of 10 respondents named a barrier knows that one did not; so the counts that are
never printed stand here too, and `hiding` and `scopes` judge them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.digest.hiding import Key, Sum


@dataclass(slots=True)
class System:
    """All counts of people of one period and one scope.

    `counts`: by key, printed or not. `tables`: which table each count belongs to; the counts of one table are shown or
    hidden together in every scope but the largest. `needs`: the tables without which a table means nothing.
    """

    printed: frozenset[Key]
    counts: dict[Key, int]
    sums: list[Sum] = field(default_factory=list)
    tables: dict[Key, Key] = field(default_factory=dict)
    needs: dict[Key, tuple[Key, ...]] = field(default_factory=dict)

    def place(self, key: Key, table: Key, *needs: Key) -> None:
        """Put a count into a table."""
        self.tables[key] = table
        self.needs.setdefault(table, needs)

    def split(self, whole: Key, part: Key, rest: Key, table: Key) -> None:
        """The people of `whole` are those of `part` and the others, who are called `rest`."""
        self.counts[rest] = self.counts[whole] - self.counts[part]
        self.sums.append(Sum(whole, (part, rest)))
        self.place(rest, table)

    def total(self, whole: Key, parts: list[Key]) -> None:
        """The people of `whole` are those of all `parts`."""
        if parts:
            self.sums.append(Sum(whole, tuple(parts)))

    @property
    def by_table(self) -> Mapping[Key, list[Key]]:
        """The keys of each table, a table after those that it needs."""
        found: dict[Key, list[Key]] = {table: [] for table in self.needs}
        for key, table in self.tables.items():
            found[table].append(key)
        return found
