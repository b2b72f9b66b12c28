"""The digest as text, in the reader's language: first what changed, then category by category, then who and what waits.

Left out: what may be shown; `compose` has decided it, and a hidden count is only a sign here.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.texts import Texts
from bot.digest.compose import Digest, Line
from bot.interview.guide import Guide
from classifier.codebook import Codebook

HIDDEN = "•"
_LEADING_PAIRS = 3
_LEADING_IN_GROUP = 2


def table(digest: Digest, codebook: Codebook, guide: Guide, t: Texts) -> str:
    """The whole digest; a week without answers is one line."""
    week = t.gettext("Week {week}", week=digest.week)
    if digest.answers == 0:
        nothing = t.gettext("no answers")
        return f"{week}: {nothing}"
    if digest.people is None:
        few = t.gettext("too few respondents to show figures without pointing at somebody")
        return f"{week}: {few}"
    blocks = [_head(week, digest, codebook, t), *(_block(line, digest.people, codebook, t) for line in digest.lines)]
    blocks += [*_together(digest, codebook, t), *_groups(digest, codebook, guide, t)]
    blocks += [_waiting(digest, t), _notes(digest, t)]
    return "\n\n".join(blocks)


def _head(week: str, digest: Digest, codebook: Codebook, t: Texts) -> str:
    assert digest.people is not None
    assert digest.answers is not None
    people = t.ngettext("{number} respondent", "{number} respondents", digest.people, number=digest.people)
    answers = t.ngettext("{number} answer", "{number} answers", digest.answers, number=digest.answers)
    line = digest.headline
    if line is None:
        said = t.gettext("No change against the week before goes beyond chance.")
    else:
        assert line.change is not None
        name = codebook.category(line.category).name.of(t.language)
        said = t.gettext("Changed most: {name}, {points}.", name=name, points=_points(line.change.points, t))
    return f"{week}: {people}, {answers}\n{said}"


def _block(line: Line, everybody: int, codebook: Codebook, t: Texts) -> str:
    name = codebook.category(line.category).name.of(t.language)
    if line.people is None or line.share is None or line.interval is None:
        return f"{name}: {HIDDEN}"
    of = t.ngettext(
        "{number} of {all} respondent", "{number} of {all} respondents", everybody, number=line.people, all=everybody
    )
    if line.people == 0 and not (line.change and line.change.real):
        return f"{name}: {of}"
    low, high = _percent(line.interval.low, t), _percent(line.interval.high, t)
    rows = [f"{name}: {of}, {_percent(line.share, t)} ({low} – {high})", *_compared(line, t), *_sources(line, t)]
    rows += [f"  · {codebook.code(code).name.of(t.language)}: {t.number(count)}" for code, count in line.codes]
    return "\n".join([*rows, f"  «{line.quote}»"] if line.quote else rows)


def _compared(line: Line, t: Texts) -> list[str]:
    """Against the week before and the four weeks before, where they may be shown."""
    parts = []
    if line.change:
        noise = "" if line.change.real else ", " + t.gettext("within chance")
        low, high = line.change.interval.low, line.change.interval.high
        parts.append(
            t.gettext(
                "against the week before {points} ({low} to {high})",
                points=_points(line.change.points, t),
                low=_points(low, t, unit=False),
                high=_points(high, t, unit=False),
            )
            + noise
        )
    if line.mean is not None:
        parts.append(t.gettext("mean of the four weeks before {share}", share=_percent(line.mean, t)))
    return ["  " + "; ".join(parts)] if parts else []


def _sources(line: Line, t: Texts) -> list[str]:
    """Who decided, by number of answers."""
    named = {
        t.gettext("settled by people"): line.sources.get("human", 0) + line.sources.get("adjudicated", 0),
        t.gettext("confirmed by respondents"): line.sources.get("respondent", 0),
        t.gettext("model only"): line.sources.get("model", 0),
    }
    parts = [f"{name} {t.number(count)}" for name, count in named.items() if count]
    return ["  " + t.gettext("answers: {parts}", parts=", ".join(parts))] if parts else []


def _together(digest: Digest, codebook: Codebook, t: Texts) -> list[str]:
    known = sorted(((pair, count) for pair, count in digest.together.items() if count), key=lambda one: -one[1])
    rows = [
        "  · " + " + ".join(codebook.category(name).name.of(t.language) for name in pair) + f": {t.number(count)}"
        for pair, count in known[:_LEADING_PAIRS]
    ]
    return ["\n".join([t.gettext("Named together most often"), *rows])] if rows else []


def _groups(digest: Digest, codebook: Codebook, guide: Guide, t: Texts) -> list[str]:
    titles = {"role": t.gettext("By role"), "locality": t.gettext("By place"), "lang": t.gettext("By language")}
    blocks = []
    for dimension, values in digest.groups.items():
        rows = [
            f"  · {_value(dimension, value, guide, t)}: {_number(counts[None], t)}{_leading(counts, codebook, t)}"
            for value, counts in values.items()
        ]
        blocks.append("\n".join([titles[dimension], *rows]))
    return blocks


def _leading(counts: Mapping[str | None, int | None], codebook: Codebook, t: Texts) -> str:
    """The categories named most in a group."""
    known = sorted(((name, count) for name, count in counts.items() if name and count), key=lambda one: -one[1])
    parts = [f"{codebook.category(name).name.of(t.language)} {t.number(n)}" for name, n in known[:_LEADING_IN_GROUP]]
    return f" ({', '.join(parts)})" if parts else ""


def _value(dimension: str, value: str, guide: Guide, t: Texts) -> str:
    """What a group is called."""
    if value == "-":
        return t.gettext("not stated")
    if dimension == "lang":
        return {"kk": t.gettext("Kazakh"), "ru": t.gettext("Russian")}[value]
    options = guide.roles if dimension == "role" else guide.localities
    language = t.language if t.language in ("kk", "ru") else None
    found = {option.id: option.label[language] for option in options} if language else {}
    return found.get(value) or {
        "principal": t.gettext("principals"),
        "coordinator": t.gettext("coordinators"),
        "teacher": t.gettext("teachers"),
        "specialist": t.gettext("specialists"),
        "village": t.gettext("village"),
        "town": t.gettext("town"),
        "city": t.gettext("city"),
    }.get(value, value)


def _waiting(digest: Digest, t: Texts) -> str:
    parts = [t.gettext("waiting for review: {number}", number=digest.to_review)]
    parts.append(t.gettext("urgent: {number}", number=digest.urgent))
    if digest.uncoded:
        parts.append(t.gettext("not coded yet: {number}", number=digest.uncoded))
    return t.gettext("Answers {parts}", parts=", ".join(parts))


def _notes(digest: Digest, t: Texts) -> str:
    note = t.gettext("Respondents were found by invitation; these numbers do not describe all schools.")
    counts = [line.people for line in digest.lines]
    counts += [count for values in digest.groups.values() for one in values.values() for count in one.values()]
    if None not in counts:
        return note
    sign = t.gettext(
        "{sign} – not shown: fewer than {least} people, or what would give them away", sign=HIDDEN, least=digest.least
    )
    return f"{sign}\n{note}"


def _number(count: int | None, t: Texts) -> str:
    return HIDDEN if count is None else t.number(count)


def _percent(share: float, t: Texts) -> str:
    return t.gettext("{number} %", number=round(100 * share))


def _points(change: float, t: Texts, unit: bool = True) -> str:
    """A change in percentage points with its sign."""
    points = round(100 * change)
    signed = f"{'+' if points > 0 else '−' if points < 0 else ''}{t.number(abs(points))}"
    return t.ngettext("{signed} point", "{signed} points", abs(points), signed=signed) if unit else signed
