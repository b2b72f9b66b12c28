"""From the database to a digest that may be shown: eight weeks are counted, what must be hidden is hidden, and the last
of them is composed. Reads only, through one connection.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.digest.compose import WEEKS, Asked, Coder, Digest, Lens, Shown, compose, round_counts
from bot.digest.counting import count, count_answers, system
from bot.digest.hiding import hidden
from bot.digest.participation import course
from bot.digest.scopes import hidden_in_parts
from bot.errors import SettingsError
from bot.interview.guide import Guide
from bot.store import participation
from bot.store.coders import coder_changes, coder_now
from bot.store.feedback import Action, actions_until
from bot.store.quotes import by_category, quotes
from bot.store.tallies import Said, Tallies, Voice
from bot.store.weeks import week_bounds, weeks_until
from classifier.codebook import Codebook

# The newest actions that a digest sets beside its weeks.
ACTIONS = 3


@dataclass(frozen=True, slots=True)
class Report:
    """A digest with what it is worded from, the names of the schools that may be its scope, and the actions taken in
    its weeks."""

    digest: Digest
    codebook: Codebook
    guide: Guide
    schools: Mapping[str, str]
    actions: Sequence[Action] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """What a scope stands for: nothing for all the country, a district, or a school in its district."""

    district: str | None = None
    school: str | None = None


def read_report(
    reader: sqlite3.Connection,
    codebook: Codebook,
    guide: Guide,
    asked: Asked,
    quotas: Mapping[str, int] | None = None,
    *,
    whole_round: bool = False,
) -> Report:
    """The digest that was asked for, with nothing in it about fewer people than `asked.least`. Raises SettingsError for
    a week or a scope that does not exist.

    `whole_round` counts the round of that week as if it were one week, exactly: for who writes about it at its end.
    """
    begin, end = week_bounds(asked.week)
    schools = participation.school_names(reader)
    place = _place(asked.scope, guide, schools, reader)
    tallies = Tallies(reader)
    round_ = participation.round_at(reader, end) or ""
    weeks, voices = [], list[Voice]()
    for week in [asked.week] if whole_round else weeks_until(asked.week, WEEKS):
        voices = tallies.round(round_) if whole_round else tallies.week(week)
        weeks.append(shown_in(voices, place, codebook, asked.least))
    own = [voice for voice in voices if _within(voice, place)]
    digest = compose(
        asked,
        weeks,
        count_answers(own, codebook),
        round_counts(tallies.named(round_, asked.week, place.district, place.school), asked.lens, codebook),
        quotes(reader, own, asked.least, in_school=place.school is not None, named=_quoted_for(asked.lens, codebook)),
        course(
            participation.begun(reader, begin, end),
            place.district,
            place.school,
            participation.round_so_far(reader, round_, end, place.district, place.school),
            quotas or {} if asked.scope == "all" else {},
            asked.least,
        ),
        Coder(coder_now(reader), tallies.piles(place.district, place.school), tuple(coder_changes(reader, begin, end))),
        codebook,
    )
    first, _ = week_bounds(weeks_until(asked.week, WEEKS)[0])
    return Report(digest, codebook, guide, schools, actions_until(reader, place.district, first, end, ACTIONS))


def shown_in(voices: Sequence[Voice], place: Place, codebook: Codebook, least: int) -> Shown:
    """What may be shown of the answers of a week in a scope. `voices`: those of all scopes."""
    counts = count(voices, codebook)
    whole = system(counts, codebook)
    away = hidden(whole.counts, whole.sums, whole.printed, least)
    if place.district is None and place.school is None:
        return Shown(counts, away)
    name = place.district or "-"
    by_district = _by([voice.district or "-" for voice in voices], voices, name)
    counted = {one: count(own, codebook) for one, own in by_district.items()}
    systems = {one: system(own, codebook) for one, own in counted.items()}
    away = hidden_in_parts(whole, away, systems, least)[name]
    if place.school is None:
        return Shown(counted[name], away)
    own = by_district[name]
    by_school = {
        one: count(said, codebook) for one, said in _by([v.school or "-" for v in own], own, place.school).items()
    }
    below = {one: system(said, codebook) for one, said in by_school.items()}
    return Shown(by_school[place.school], hidden_in_parts(systems[name], away, below, least)[place.school])


def _quoted_for(lens: Lens, codebook: Codebook) -> Callable[[Said], Iterable[tuple[str, str]]]:
    """What an answer is quoted for: its categories, or the conditions that its codes correspond to."""
    if lens == "barriers":
        return by_category
    conditions = {code.id: code.condition for code in codebook.codes}

    def named(said: Said) -> set[tuple[str, str]]:
        pairs = ((conditions.get(code), category) for category, codes in said.categories.items() for code in codes)
        return {(condition, category) for condition, category in pairs if condition}

    return named


def _by(names: Sequence[str], voices: Sequence[Voice], own: str) -> dict[str, list[Voice]]:
    found: defaultdict[str, list[Voice]] = defaultdict(list, {own: []})
    for name, voice in zip(names, voices, strict=True):
        found[name].append(voice)
    return found


def _within(voice: Voice, place: Place) -> bool:
    return place.district in (None, voice.district) and place.school in (None, voice.school)


def _place(scope: str, guide: Guide, schools: Mapping[str, str], reader: sqlite3.Connection) -> Place:
    districts = {district.id for region in guide.places.regions for district in region.districts}
    if scope != "all" and scope not in districts and scope not in schools:
        raise SettingsError(
            f"--scope {scope}: allowed are all, a school's key such as school-1, "
            f"and the districts {', '.join(sorted(districts))}"
        )
    return Place(*participation.scope_of(reader, scope))
