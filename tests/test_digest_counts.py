"""The digest's figures: a naive recount, what must be hidden, changes, and which quote stands for a category."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.compose import Shown, compose, shown
from bot.digest.counting import EVERYBODY, count, system
from bot.digest.hiding import LEAST
from bot.digest.quoting import masked, typical
from bot.settings import DATA
from bot.store.digests import Fact, Quote
from classifier.codebook import load_codebook
from tests.test_hiding import given_away

BOOK = load_codebook(DATA / "codebook.toml")
IDS = BOOK.category_ids


@st.composite
def weeks(draw: st.DrawFn) -> list[Fact]:
    """The answers of some people: each with a role and a place, answers in either language, 0 to 2 categories."""
    facts = []
    number = 0
    for person in range(draw(st.integers(0, 25))):
        role, place = draw(st.sampled_from(["teacher", "principal"])), draw(st.sampled_from(["village", None]))
        for _ in range(draw(st.integers(1, 3))):
            number += 1
            lang = draw(st.sampled_from(["kk", "ru"]))
            categories = draw(st.sets(st.sampled_from(IDS[:3]), max_size=2)) or {None}
            source = None if None in categories and draw(st.booleans()) else draw(st.sampled_from(["model", "human"]))
            for category in sorted(categories, key=str):
                codes = ("no_ramp",) if category == "infrastructure" and draw(st.booleans()) else ()
                facts.append(Fact(number, f"p{person}", role, place, lang, category, source, "confident", codes))
    return facts


def people(facts: list[Fact], **wanted: object) -> int:
    """A recount without any of the program's code."""
    return len({f.respondent for f in facts if all(getattr(f, name) == value for name, value in wanted.items())})


@settings(max_examples=60, deadline=None)
@given(weeks())
def test_counts_equal_a_naive_recount(facts: list[Fact]) -> None:
    found = count(facts, IDS)
    assert found.total_answers == len({fact.answer_id for fact in facts})
    assert found.people.get(EVERYBODY, 0) == people(facts)
    assert found.people.get(("code", "no_ramp"), 0) == len({f.respondent for f in facts if "no_ramp" in f.codes})
    for name in IDS:
        own = [fact for fact in facts if fact.category == name]
        assert found.people["category", name] == people(own)
        assert found.answers[name] == len({fact.answer_id for fact in own}) == sum(found.sources[name].values())
        assert found.people.get(("role", "teacher", name), 0) == people(own, role="teacher")
        assert found.people.get(("locality", "-", name), 0) == people(own, locality=None)
    both = {f.respondent for f in facts if f.category == IDS[0]} & {f.respondent for f in facts if f.category == IDS[1]}
    assert found.people["together", IDS[0], IDS[1]] == len(both)
    spoken = sum(found.people.get(("lang", lang), 0) for lang in ("kk", "ru"))
    assert spoken == people(facts), "everybody belongs to one language"


@settings(max_examples=40, deadline=None)
@given(weeks())
def test_no_shown_figure_gives_away_a_small_group(facts: list[Fact]) -> None:
    week = shown(count(facts, IDS), BOOK)
    people_, sums = system(week.counts, IDS, {code.id: code.categories for code in BOOK.codes})
    known = set(week.counts.people) - week.hidden
    assert not any(0 < people_[key] < LEAST for key in known)
    assert not any(0 < people_[key] < LEAST for key in given_away(people_, sums, known))


def week_of(named: int, everybody: int, category: str = "funding") -> Shown:
    facts = [
        Fact(i, f"p{i}", "teacher", "village", "kk", category if i < named else None, "model", "confident", ())
        for i in range(everybody)
    ]
    return shown(count(facts, IDS), BOOK)


def line_of(weeks_: list[Shown], category: str = "funding"):  # type: ignore[no-untyped-def]
    return next(line for line in compose("2026-W48", weeks_, [], BOOK).lines if line.category == category)


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
        assert compose("w", [week_of(10, 40), week_of(11, 40)], [], BOOK).headline is None
        headline = compose("w", [week_of(10, 40), week_of(30, 40)], [], BOOK).headline
        assert headline is not None
        assert headline.category == "funding"

    def test_fewer_than_five_people_are_no_digest(self) -> None:
        digest = compose("w", [week_of(2, 4)], [], BOOK)
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
            ("Мектепте пандус жоқ, 3 баспалдақ", "Мектепте пандус жоқ, 3 баспалдақ"),
        ],
    )
    def test_whatever_points_to_a_person_is_masked(self, text: str, expected: str) -> None:
        assert masked(text) == expected

    def test_the_typical_one_is_nearest_the_mean_and_the_shorter_at_a_tie(self) -> None:
        def quote(text: str, score: float) -> Quote:
            return Quote(1, "funding", text, "ru", {"funding": score})

        far, near, long = quote("далеко", 0.2), quote("близко", 0.8), quote("близко, но длиннее", 0.8)
        assert typical([far, long, near]) == "близко"
        assert typical([]) is None
