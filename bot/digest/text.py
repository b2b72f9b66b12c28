"""The digest as text, in the reader's language: on the first screen of a phone what changed and how much each barrier
was named, below it the details, category by category, then who answered, how the round goes, and what waits.

Left out: what may be shown; `compose` has decided it, and a hidden count is only a sign here.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.texts import Texts
from bot.digest.compose import Digest, Line
from bot.digest.words import (
    HIDDEN,
    NOISE,
    arrow,
    hidden_note,
    name_of,
    number,
    percent,
    points,
    value_of,
    week_title,
    withheld,
)
from bot.interview.guide import Guide
from bot.store.participation import DEEPEST
from classifier.codebook import Codebook

_LEADING_CODES = 3
_LEADING_PAIRS = 3
_LEADING_IN_GROUP = 2


def text(digest: Digest, codebook: Codebook, guide: Guide, t: Texts, scope: str) -> str:
    """The whole digest; a week without answers is one line. `scope`: its name, as the reader knows it."""
    title = week_title(digest.week, t)
    if digest.answers == 0 and not digest.course.begun:
        return f"{title}: " + t.gettext("no answers")
    head = f"{title}\n{scope}" if digest.scope != "all" else title
    if digest.people is None or digest.answers is None:
        few = t.gettext("Too few respondents to show figures without pointing at somebody.")
        return "\n\n".join([f"{head}\n{few}", *_so_far(digest, codebook, t), _waiting(digest, t)])
    blocks = [_essentials(head, digest, codebook, t)]
    blocks += [_details(line, digest, codebook, t) for line in digest.lines if line.people]
    if digest.lens == "barriers":
        blocks += [*_together(digest, codebook, t), *_groups(digest, codebook, guide, t)]
    else:
        blocks += _without_condition(digest, codebook, t)
    blocks += [_course(digest, guide, t), _waiting(digest, t), *_model(digest, t), _notes(digest, t)]
    return "\n\n".join(blocks)


def _essentials(head: str, digest: Digest, codebook: Codebook, t: Texts) -> str:
    assert digest.people is not None
    assert digest.answers is not None
    people = t.ngettext("{number} respondent", "{number} respondents", digest.people, number=digest.people)
    answers = t.ngettext("{number} answer", "{number} answers", digest.answers, number=digest.answers)
    rows = [head, f"{people}, {answers}", _headline(digest, codebook, t), ""]
    for line in digest.lines:
        name = name_of(digest.lens, line.name, codebook, t)
        if line.people is None or line.share is None:
            rows.append(f"{name}: {HIDDEN}")
        elif line.people == 0:
            rows.append(f"{name}: {t.number(0)}  {arrow(line.change, t)}".rstrip())
        else:
            of = t.gettext("{number} of {all}", number=line.people, all=digest.people)
            rows.append(f"{name}: {of} ({percent(line.share, t)})  {arrow(line.change, t)}".rstrip())
    if any(line.change and not line.change.real for line in digest.lines):
        rows.append(t.gettext("{sign} – the change is within chance", sign=NOISE))
    return "\n".join(rows)


def _headline(digest: Digest, codebook: Codebook, t: Texts) -> str:
    line = digest.headline
    if line is None or line.change is None:
        return t.gettext("No change against the week before goes beyond chance.")
    name = name_of(digest.lens, line.name, codebook, t)
    return t.gettext("Changed most: {name}, {points}.", name=name, points=points(line.change.points, t))


def _details(line: Line, digest: Digest, codebook: Codebook, t: Texts) -> str:
    """One category: how sure its share and change are, who decided, what exactly was said."""
    assert line.interval is not None
    low, high = percent(line.interval.low, t), percent(line.interval.high, t)
    rows = [
        name_of(digest.lens, line.name, codebook, t).upper(),
        t.gettext("share {low} to {high} (95 %)", low=low, high=high),
        *_compared(line, t),
        *_round(line, digest, t),
        _answers(line, t),
    ]
    known = [one for one in line.codes if one.people][:_LEADING_CODES]
    rows += [f"· {codebook.code(one.code).name.of(t.language)}: {number(one.people, t)}" for one in known]
    return "\n".join([*rows, f"«{line.quote}»"] if line.quote else rows)


def _compared(line: Line, t: Texts) -> list[str]:
    """Against the week before and the four weeks before, where they may be shown."""
    rows = []
    if line.change:
        low, high = line.change.interval.low, line.change.interval.high
        rows.append(
            t.gettext(
                "against the week before {points} ({low} to {high})",
                points=points(line.change.points, t),
                low=points(low, t, unit=False),
                high=points(high, t, unit=False),
            )
            + ("" if line.change.real else ", " + t.gettext("within chance"))
        )
    if line.mean is not None:
        rows.append(t.gettext("mean of the four weeks before {share}", share=percent(line.mean, t)))
    return rows


def _round(line: Line, digest: Digest, t: Texts) -> list[str]:
    if not line.so_far:
        return []
    return [t.gettext("in the round so far: at least {number} of {all}", number=line.so_far, all=digest.so_far)]


def _so_far(digest: Digest, codebook: Codebook, t: Texts) -> list[str]:
    """The round so far, for a week that is too small to speak for itself."""
    rows = [
        f"{name_of(digest.lens, line.name, codebook, t)}: {t.number(line.so_far)}"
        for line in sorted(digest.lines, key=lambda line: -line.so_far)
        if line.so_far
    ]
    if not rows:
        return []
    title = t.gettext("In the round so far, of at least {number} respondents, at least", number=digest.so_far)
    return ["\n".join([title, *rows])]


def _answers(line: Line, t: Texts) -> str:
    """Number of answers, and who decided them."""
    named = {
        t.gettext("settled by people"): line.sources.get("human", 0) + line.sources.get("adjudicated", 0),
        t.gettext("confirmed by respondents"): line.sources.get("respondent", 0),
        t.gettext("model only"): line.sources.get("model", 0),
    }
    parts = ", ".join(f"{name} {t.number(count)}" for name, count in named.items() if count)
    count = line.answers or 0
    return t.ngettext("{number} answer", "{number} answers", count, number=count) + (f": {parts}" if parts else "")


def _together(digest: Digest, codebook: Codebook, t: Texts) -> list[str]:
    known = sorted(((pair, count) for pair, count in digest.together.items() if count), key=lambda one: -one[1])
    rows = [
        "· " + " + ".join(codebook.category(name).name.of(t.language) for name in pair) + f": {t.number(count)}"
        for pair, count in known[:_LEADING_PAIRS]
    ]
    return ["\n".join([t.gettext("Named together most often"), *rows])] if rows else []


def _groups(digest: Digest, codebook: Codebook, guide: Guide, t: Texts) -> list[str]:
    titles = {"role": t.gettext("By role"), "locality": t.gettext("By place"), "lang": t.gettext("By language")}
    blocks = []
    for dimension, values in digest.groups.items():
        rows = [
            f"· {value_of(dimension, value, guide, t)}: {number(counts[None], t)}{_leading(counts, codebook, t)}"
            for value, counts in values.items()
        ]
        if rows:
            blocks.append("\n".join([titles[dimension], *rows]))
    return blocks


def _leading(counts: Mapping[str | None, int | None], codebook: Codebook, t: Texts) -> str:
    """The categories named most in a group."""
    known = sorted(((name, count) for name, count in counts.items() if name and count), key=lambda one: -one[1])
    parts = [f"{codebook.category(name).name.of(t.language)} {t.number(n)}" for name, n in known[:_LEADING_IN_GROUP]]
    return f" ({', '.join(parts)})" if parts else ""


def _without_condition(digest: Digest, codebook: Codebook, t: Texts) -> list[str]:
    """The barriers that no condition stands for."""
    rows = [
        f"· {codebook.category(name).name.of(t.language)}: {number(count, t)}"
        for name, count in digest.uncovered.items()
        if count != 0
    ]
    return ["\n".join([t.gettext("Barriers for which the seven conditions have no place"), *rows])] if rows else []


def _course(digest: Digest, guide: Guide, t: Texts) -> str:
    return "\n".join([t.gettext("Participation"), *(f"· {row}" for row in course_rows(digest, guide, t))])


def course_rows(digest: Digest, guide: Guide, t: Texts) -> list[str]:
    """Who has started this week and how far they came; the round so far; places left."""
    course = digest.course
    rows = [t.gettext("begun this week: {number}", number=number(course.begun, t))]
    if course.begun != 0:
        rows.append(t.gettext("finished: {number}", number=number(course.finished, t)))
        rows += [_stopped(at, number(count, t), t) for at, count in sorted(course.stopped.items()) if count != 0]
        rows += [_depth(at, number(count, t), t) for at, count in sorted(course.depths.items()) if count != 0]
    rows += _round_rows(digest, t)
    rows += [
        f"{value_of('role', role, guide, t)}: " + t.gettext("{number} of {all} places", number=taken, all=places)
        for role, taken, places in course.quotas
    ]
    return rows


def _round_rows(digest: Digest, t: Texts) -> list[str]:
    whole = digest.course.round
    rows = []
    if whole.begun:
        rows.append(
            t.gettext("round so far, at least: begun {number}, finished {finished}",
                      number=whole.begun, finished=whole.finished)
        )  # fmt: skip
        rows.append(
            t.gettext(
                "invited by nobody {seeds}, by somebody {invited}; brought nobody {ends}; longest chain {chain}",
                seeds=whole.seeds,
                invited=whole.invited,
                ends=whole.dead_ends,
                chain=whole.longest_chain,
            )
        )
    if whole.withdrawn and digest.scope == "all":
        rows.append(t.gettext("withdrawn, at least: {number}", number=whole.withdrawn))
    return rows


def _depth(depth: int, count: str, t: Texts) -> str:
    if depth == 0:
        return t.gettext("came without an invitation: {number}", number=count)
    if depth == DEEPEST:
        return t.gettext("{steps} or more invitations away: {number}", steps=depth, number=count)
    return t.ngettext(
        "{steps} invitation away: {number}", "{steps} invitations away: {number}", depth, steps=depth, number=count
    )


def _stopped(question: int, count: str, t: Texts) -> str:
    if question == 0:
        return t.gettext("before the first question: {number}", number=count)
    return t.gettext("at question {question}: {number}", question=question, number=count)


def _waiting(digest: Digest, t: Texts) -> str:
    piles = digest.coder.piles
    parts = [t.gettext("waiting for review: {number}", number=piles.review)]
    parts.append(t.gettext("urgent: {number}", number=piles.urgent))
    if digest.uncoded:
        parts.append(t.gettext("not coded yet: {number}", number=digest.uncoded))
    return t.gettext("Answers {parts}", parts=", ".join(parts))


def _model(digest: Digest, t: Texts) -> list[str]:
    """Which model codes, and how often people who have settled an answer agree with it."""
    coder = digest.coder
    if coder.model is None:
        return []
    rows = [t.gettext("Coded by the program, version {version}.", version=_version(coder.model))]
    if coder.piles.compared:
        rows.append(
            t.ngettext(
                "It named what people settled in {agreed} of {number} answer.",
                "It named what people settled in {agreed} of {number} answers.",
                coder.piles.compared,
                agreed=coder.piles.agreed,
                number=coder.piles.compared,
            )
        )
    rows += [
        t.gettext("New model since {time}: {version}.", time=t.time(change.changed_at), version=_version(change.coder))
        for change in coder.changes
    ]
    return ["\n".join(rows)]


def _version(coder: str) -> str:
    """The first letters of a fingerprint, enough to tell models apart."""
    return coder.removeprefix("model:")[:8]


def _notes(digest: Digest, t: Texts) -> str:
    rows = []
    if withheld(digest):
        rows.append(hidden_note(digest, t))
    rows.append(t.gettext("Respondents were found by invitation; these numbers do not describe all schools."))
    return "\n".join(rows)
