"""The digest as text: the study's table of a week, category by category, in the reader's language. Pure.

People first, answers second. One quote a category, from those whose authors agreed to be quoted: of the candidates that
people have confirmed or the model is sure of, the one of median length, so that neither the shortest nor the longest
speaks for all.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.texts import Texts
from bot.store.digests import CategoryCount, Quote, WeekTable
from classifier.codebook import Codebook


def table(counts: WeekTable, codebook: Codebook, t: Texts) -> str:
    """The whole table; a week without answers is one line."""
    week = t.gettext("Week {week}", week=counts.week)
    if not counts.answers:
        nothing = t.gettext("no answers")
        return f"{week}: {nothing}"
    by_id = {count.category: count for count in counts.categories}
    empty = {one: CategoryCount(one, 0, 0, 0, (), ()) for one in codebook.category_ids}
    blocks = [_block(by_id.get(one, empty[one]), codebook, t) for one in codebook.category_ids]
    note = t.gettext("Respondents were found by invitation; these numbers do not describe all schools.")
    return "\n\n".join([f"{week}: {_people(counts, t)}", *_coding(counts, t), *blocks, note])


def median_quote(quotes: Sequence[Quote]) -> Quote | None:
    """The quote of median length, or None where nobody agreed to be quoted."""
    ordered = sorted(quotes, key=lambda quote: (len(quote.text), quote.text))
    return ordered[len(ordered) // 2] if ordered else None


def _coding(counts: WeekTable, t: Texts) -> list[str]:
    """How much of the week is coded, where it is not all."""
    if not counts.uncoded:
        return []
    return [
        t.ngettext(
            "{number} answer not coded yet", "{number} answers not coded yet", counts.uncoded, number=counts.uncoded
        )
    ]


def _block(count: CategoryCount, codebook: Codebook, t: Texts) -> str:
    name = codebook.category(count.category).name.of(t.language)
    lines = [f"{name}: {_people(count, t)}"]
    for code in count.codes:
        label = (
            t.gettext("without a descriptive code")
            if code.code is None
            else codebook.code(code.code).name.of(t.language)
        )
        lines.append(f"  · {label}: {t.number(code.respondents)} ({t.number(code.answers)})")
    quote = median_quote(count.quotes)
    return "\n".join([*lines, f"  «{quote.text}»"] if quote else lines)


def _people(count: WeekTable | CategoryCount, t: Texts) -> str:
    people = t.ngettext("{number} respondent", "{number} respondents", count.respondents, number=count.respondents)
    answers = t.ngettext("{number} answer", "{number} answers", count.answers, number=count.answers)
    return f"{people}, {answers}"
