"""Which counts of a district or a school may be shown, beside those of all the country and of the neighbours. Pure.

What all districts say adds up to what the country says, so whoever holds several digests subtracts them. In every scope
below the largest a table of counts is therefore shown whole or not at all, and it is shown only if

- it holds no count and no complement of a few people, neither here nor in the scope above,
- and the neighbours that do not show it hold none either when they are added up; if they do, the smallest neighbours
  that show it stop doing so, one by one, until they hold none.

Then whatever readers add and subtract across scopes is a sum of groups none of which is small. Left out: guessing from
bounds, as in `hiding`, and exact shares of what has changed between two readings of the same week.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.digest.hiding import LEAST, Key
from bot.digest.system import System


def hidden_in_parts(
    whole: System, whole_hidden: frozenset[Key], parts: Mapping[str, System], least: int = LEAST
) -> Mapping[str, frozenset[Key]]:
    """For each part of a scope the printed counts that must be hidden. `whole_hidden`: those of the scope itself."""
    showing: dict[Key, set[str]] = {}
    tables = {name: part.by_table for name, part in parts.items()}
    for table, keys in _all_tables(whole, parts).items():
        showing[table] = set()
        if whole_hidden.isdisjoint(keys):
            able = {name for name in parts if all(name in showing[needed] for needed in whole.needs.get(table, ()))}
            able = {name for name in able if _clean(parts[name], keys, least)}
            showing[table] = _with_large_rest(able, parts, keys, least)
    return {
        name: frozenset(
            key
            for table, keys in tables[name].items()
            if name not in showing.get(table, ())
            for key in keys
            if key in part.printed
        )
        for name, part in parts.items()
    }


def _all_tables(whole: System, parts: Mapping[str, System]) -> dict[Key, set[Key]]:
    """The keys of every table, wherever they occur, in the order of the whole, whose tables are those of all parts."""
    found = {table: set(keys) for table, keys in whole.by_table.items()}
    for part in parts.values():
        for table, keys in part.by_table.items():
            found.setdefault(table, set()).update(keys)
    return found


def _clean(part: System, keys: set[Key], least: int) -> bool:
    return not any(0 < part.counts.get(key, 0) < least for key in keys)


def _with_large_rest(able: set[str], parts: Mapping[str, System], keys: set[Key], least: int) -> set[str]:
    """Those of `able` that may show a table, once the parts that do not show it are no small group together."""
    rest = {key: sum(part.counts.get(key, 0) for name, part in parts.items() if name not in able) for key in keys}
    by_size = sorted(able, key=lambda name: (max(parts[name].counts.values(), default=0), name), reverse=True)
    while by_size and any(0 < count < least for count in rest.values()):
        smallest = parts[by_size.pop()]
        for key in keys:
            rest[key] += smallest.counts.get(key, 0)
    return set(by_size)
