"""The digest's figures: a naive recount, what must be hidden, changes, and which quote stands for a category."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.compose import Asked, Coder, Digest, Line, RoundCounts, Shown, compose
from bot.digest.counting import EVERYBODY, Answers, count, count_answers, system
from bot.digest.hiding import LEAST, Key, Sum, determined, hidden
from bot.digest.participation import course
from bot.digest.quoting import masked, typical
from bot.digest.reading import Place, shown_in
from bot.settings import DATA
from bot.store.participation import RoundSoFar
from bot.store.quotes import Quote
from bot.store.tallies import Piles, Said, Voice, kept
from classifier.codebook import load_codebook
from tests.test_hiding import given_away

BOOK = load_codebook(DATA / "codebook.toml")
IDS = BOOK.category_ids
CODES = {"infrastructure": ["no_ramp", "no_equipment"], "human_resources": ["overload"], "funding": ["no_budget"]}
NOBODY = RoundSoFar(0, 0, 0, 0, 0, 0, {}, 0)


def voice(number: int, *said: Said, role: str = "teacher", place: str | None = "village", **more: str | None) -> Voice:
    """What somebody said in a week."""
    own = kept([(number, one) for one in said])
    return Voice(number, number, "2026", role, more.get("district"), more.get("school"), place, *own)


def said(*categories: str, lang: str = "kk", source: str | None = "model", codes: bool = False) -> Said:
    """One answer."""
    return Said(lang, source, "confident", {one: tuple(CODES.get(one, [])[:codes]) for one in categories})


@st.composite
def weeks(draw: st.DrawFn) -> list[Voice]:
    """The answers of some people: each with a role and places, answers in either language, 0 to 2 categories."""
    voices = []
    for person in range(draw(st.integers(0, 30))):
        own = []
        for _ in range(draw(st.integers(1, 3))):
            names = draw(st.sets(st.sampled_from(IDS[:3]), max_size=2))
            source = draw(st.sampled_from(["model", "human", "respondent"])) if names else None
            own.append(said(*names, lang=draw(st.sampled_from(["kk", "ru"])), source=source, codes=draw(st.booleans())))
        district = draw(st.sampled_from(["ile", "ile", "talgar", "kegen", None]))
        voices.append(
            voice(
                person,
                *own,
                role=draw(st.sampled_from(["teacher", "teacher", "principal"])),
                place=draw(st.sampled_from(["village", None])),
                district=district,
                school=draw(st.sampled_from([f"{district}-1", f"{district}-2"])),
            )
        )
    return voices


def people(voices: list[Voice], category: str | None = None, **wanted: object) -> int:
    """A recount without any of the program's code."""
    return len(
        {
            one.respondent
            for one in voices
            if all(getattr(one, name) == value for name, value in wanted.items())
            and (category is None or any(category in said.categories for said in one.said()))
        }
    )


@settings(max_examples=60, deadline=None)
@given(weeks())
def test_counts_equal_a_naive_recount(voices: list[Voice]) -> None:
    found, counted = count(voices, BOOK), count_answers(voices, BOOK)
    answers = [one for own in voices for one in own.said()]
    assert counted.total == len(answers)
    assert found.get(EVERYBODY, 0) == people(voices)
    ramp = {own.respondent for own in voices for one in own.said() if "no_ramp" in one.categories.get(IDS[0], ())}
    assert found.get(("code", "no_ramp"), 0) == len(ramp)
    assert found["condition", "material_technical"] == len(ramp)
    for name in IDS:
        key = ("category", name)
        assert found[key] == people(voices, name)
        assert counted.by_key[key] == sum(name in one.categories for one in answers)
        assert counted.by_key[key] == sum(counted.sources.get(key, {}).values())
        assert found.get(("role", "teacher", name), 0) == people(voices, name, role="teacher")
        assert found.get(("locality", "-", name), 0) == people(voices, name, locality=None)
        covered = {own.respondent for own in voices for one in own.said() if one.categories.get(name)}
        bare = {own.respondent for own in voices if people([own], name)} - covered
        assert found.get(("uncovered", name), 0) == len(bare)
    both = [own for own in voices if people([own], IDS[0]) and people([own], IDS[1])]
    assert found["together", IDS[0], IDS[1]] == len(both)
    assert sum(found.get(("lang", lang), 0) for lang in ("kk", "ru")) == people(voices)


@settings(max_examples=15, deadline=None)
@given(weeks())
def test_no_shown_figure_gives_away_a_small_group(voices: list[Voice]) -> None:
    found = system(count(voices, BOOK), BOOK)
    known = found.printed - hidden(found.counts, found.sums, found.printed)
    assert not any(0 < found.counts[key] < LEAST for key in known)
    assert not any(0 < found.counts[key] < LEAST for key in given_away(found.counts, found.sums, known))


def all_scopes(voices: list[Voice]) -> tuple[dict[Key, int], list[Sum], set[Key]]:
    """The counts of all the country, its districts and their schools in one system, and what of them is shown."""
    counts: dict[Key, int] = {}
    sums: list[Sum] = []
    known: set[Key] = set()
    places = {"all": Place()} | {f"{d}": Place(d) for d in ("ile", "talgar", "kegen")}
    places |= {f"{d}-{n}": Place(d, f"{d}-{n}") for d in ("ile", "talgar", "kegen") for n in (1, 2)}
    nowhere = [one for one in voices if one.district is None]
    within = {
        name: [v for v in voices if place.district in (None, v.district) and place.school in (None, v.school)]
        for name, place in places.items()
    } | {"none": nowhere}
    for name, own in within.items():
        found = system(count(own, BOOK), BOOK)
        counts |= {(name, *key): number for key, number in found.counts.items()}
        sums += [Sum((name, *one.whole), tuple((name, *part) for part in one.parts)) for one in found.sums]
        if name in places:
            shown = shown_in(voices, places[name], BOOK, LEAST)
            known |= {(name, *key) for key in found.printed if shown.people(key) is not None}
    keys = {key[1:] for key in counts}
    for whole, parts in [("all", ["ile", "talgar", "kegen", "none"]), *((d, [f"{d}-1", f"{d}-2"]) for d in
                         ("ile", "talgar", "kegen"))]:  # fmt: skip
        for key in keys:
            for name in (whole, *parts):
                counts.setdefault((name, *key), 0)
            sums.append(Sum((whole, *key), tuple((part, *key) for part in parts)))
    return counts, sums, known


@settings(max_examples=8, deadline=None)
@given(weeks())
def test_no_sum_or_difference_across_scopes_gives_away_a_small_group(voices: list[Voice]) -> None:
    small = [one for one in voices if one.respondent < 40]
    counts, sums, known = all_scopes(small)
    assert not any(0 < counts[key] < LEAST for key in known)
    follows = determined([key for key in counts if key not in known], sums)
    assert not any(0 < counts[key] < LEAST for key in follows)


def week_of(named: int, everybody: int, category: str = "funding") -> Shown:
    voices = [voice(at, said(*([category] if at < named else []))) for at in range(everybody)]
    return shown_in(voices, Place(), BOOK, LEAST)


def composed(weeks_: list[Shown], so_far: RoundCounts | None = None) -> Digest:
    nobody = course([], None, None, NOBODY, {}, LEAST)
    coder = Coder(None, Piles(0, 0, 0, 0))
    answers = Answers(weeks_[-1].counts, {}, weeks_[-1].counts[EVERYBODY], 0, 0, 0)
    return compose(Asked("2026-W48"), weeks_, answers, so_far or RoundCounts(0, {}), [], nobody, coder, BOOK)


def line_of(weeks_: list[Shown], category: str = "funding") -> Line:
    return next(line for line in composed(weeks_).lines if line.name == category)


class TestCompose:
    def test_share_change_and_mean(self) -> None:
        line = line_of([week_of(10, 40), week_of(10, 40), week_of(10, 40), week_of(10, 40), week_of(30, 40)])
        assert (line.people, line.answers, line.share, line.mean) == (30, 30, 0.75, 0.25)
        assert line.change is not None
        assert line.change.points == pytest.approx(0.5)
        assert line.change.real

    def test_a_hidden_week_hides_change_and_mean(self) -> None:
        line = line_of([week_of(10, 40), week_of(3, 40), week_of(30, 40)])
        assert (line.change, line.mean) == (None, None)

    def test_a_hidden_count_takes_everything_with_it(self) -> None:
        line = line_of([week_of(10, 40), week_of(3, 40)])
        assert (line.people, line.answers, line.share, line.interval, line.quote) == (None,) * 5

    def test_all_but_a_few_is_as_telling_as_a_few(self) -> None:
        assert line_of([week_of(38, 40)]).people is None
        assert line_of([week_of(40, 40)]).people == 40

    def test_the_headline_is_the_largest_real_change_and_chance_makes_none(self) -> None:
        assert composed([week_of(10, 40), week_of(11, 40)]).headline is None
        headline = composed([week_of(10, 40), week_of(30, 40)]).headline
        assert headline is not None
        assert headline.name == "funding"

    def test_totals_of_the_round_are_rounded_down_so_that_no_newcomer_stands_out(self) -> None:
        digest = composed([week_of(30, 40)], RoundCounts(99, {("category", "funding"): 64}))
        assert (digest.so_far, {line.name: line.so_far for line in digest.lines}["funding"]) == (95, 60)

    def test_fewer_than_five_people_are_no_digest(self) -> None:
        digest = composed([week_of(2, 4)])
        assert digest.people is None
        assert digest.answers is None
        assert all(line.people in (None, 0) for line in digest.lines)


class TestQuotes:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("звоните +7 701 123 45 67 вечером", "звоните … вечером"),
            ("8(727)2345678, почта a.b@mail.kz", "…, почта …"),
            ("ИИН 990101300123 в справке", "ИИН … в справке"),
            ("пишите @sholpan_k или t.me/abc", "пишите … или …"),
            ("мальчик Ерлан не ходит, ПМПК молчит", "мальчик … не ходит, ПМПК молчит"),
            ("Ребёнок с ДЦП на втором этаже", "Ребёнок с … на втором этаже"),
            ("аутизмі бар бала. Көмекші жоқ", "… бар бала. Көмекші жоқ"),
            ("Ерлан опаздывает, Айгүлге көмек керек", "… опаздывает, … көмек керек"),
            ("оставили гульнару и сергея одних", "оставили … и … одних"),
            ("номер +49 30 901820 или 87011234567", "номер … или …"),
            ("Коляска не проходит, дверь узкая", "Коляска не проходит, дверь узкая"),
            ("Мектепте пандус жоқ, 3 баспалдақ", "Мектепте пандус жоқ, 3 баспалдақ"),
        ],
    )
    def test_whatever_points_to_a_person_is_masked(self, text: str, expected: str) -> None:
        assert masked(text) == expected

    def test_the_typical_one_is_nearest_the_mean_and_the_shorter_at_a_tie(self) -> None:
        def quote(text: str, score: float) -> Quote:
            return Quote(1, "funding", text, "ru", {"funding": score})

        assert typical([quote("слово " * 100, 0.5)]) == "слово " * 39 + "слово…"

        far, near, long = quote("далеко", 0.2), quote("близко", 0.8), quote("близко, но длиннее", 0.8)
        assert typical([far, long, near]) == "близко"
        assert typical([]) is None


class TestScopes:
    def shown(self, sizes: dict[str, int], scope: str) -> Shown:
        """The week of districts with so many people, of whom every second names money, in one of them."""
        voices = [
            voice(100 * at + number, said(*(["funding"] if number % 2 else [])), district=district)
            for at, (district, size) in enumerate(sizes.items())
            for number in range(size)
        ]
        return shown_in(voices, Place(scope), BOOK, LEAST)

    def test_districts_of_many_people_are_shown(self) -> None:
        sizes = {"ile": 40, "talgar": 30, "kegen": 12}
        assert [self.shown(sizes, one).people(EVERYBODY) for one in sizes] == [40, 30, 12]
        assert [self.shown(sizes, one).people(("category", "funding")) for one in sizes] == [20, 15, 6]

    def test_a_small_district_hides_and_so_does_the_next_smallest_that_would_give_it_away(self) -> None:
        sizes = {"ile": 40, "talgar": 30, "kegen": 3}
        assert [self.shown(sizes, one).people(EVERYBODY) for one in sizes] == [40, None, None]

    def test_two_small_districts_that_are_five_together_hide_nobody_else(self) -> None:
        sizes = {"ile": 40, "talgar": 3, "kegen": 4}
        assert [self.shown(sizes, one).people(EVERYBODY) for one in sizes] == [40, None, None]
        assert self.shown({**sizes, "karasai": 20}, "karasai").people(EVERYBODY) == 20

    def test_a_district_where_nobody_answered_says_so(self) -> None:
        assert self.shown({"ile": 40}, "talgar").people(EVERYBODY) == 0
