"""The copy of everything kept about a respondent, as a text they can read and keep (/mydata).

How answers were coded is in it only once the interview is finished: earlier it would lead the respondent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels.texts import Texts
from bot.interview.guide import Guide
from bot.store.database import moment
from classifier.codebook import Codebook

Copy = Mapping[str, Any]


def copy_text(copy: Copy, guide: Guide, codebook: Codebook, t: Texts) -> str:
    """The copy as lines of text in the respondent's language."""
    lines = [t.gettext("What is kept about you"), "", *_profile(copy, guide, t), ""]
    for answer in copy["answers"]:
        title = guide.question(answer["question"]).title[t.language]
        lines += [f"{answer['question']}. {title}", answer["text"] or t.gettext("(skipped)")]
        lines += _earlier(answer, t)
        lines += _codings(answer, codebook, t) if copy["finished_at"] else []
        lines.append("")
    return "\n".join(lines)


def _profile(copy: Copy, guide: Guide, t: Texts) -> list[str]:
    language = t.language
    roles = {one.id: one.label[language] for one in guide.roles}
    localities = {one.id: one.label[language] for one in guide.localities}
    regions = {region.id: region.name[language] for region in guide.places.regions}
    districts = {one.id: one.label[language] for one in guide.places.districts(copy["region"])}
    fields = [
        (t.gettext("Your code"), copy["respondent_key"]),
        (t.gettext("Consent given"), t.time(moment(copy["consented_at"]))),
        *((one.label[language], _yes(copy[f"consent_{one.id}"], t)) for one in guide.permissions),
        (t.gettext("Role"), roles.get(copy["role"])),
        (t.gettext("Job title"), copy["job_title"]),
        (t.gettext("Region"), regions.get(copy["region"])),
        (t.gettext("District"), districts.get(copy["district"])),
        (t.gettext("School"), copy["school"]),
        (t.gettext("Locality"), localities.get(copy["locality"])),
        (t.gettext("Invited by a colleague"), _yes(copy["depth"] > 0, t)),
    ]
    return [f"{name}: {value or '—'}" for name, value in fields]


def _earlier(answer: Copy, t: Texts) -> list[str]:
    """Versions before the current one."""
    return [
        "  " + t.gettext("Earlier, {time}: {text}", time=t.time(moment(one["submitted_at"])), text=one["text"])
        for one in answer["versions"][:-1]
    ]


def _codings(answer: Copy, codebook: Codebook, t: Texts) -> list[str]:
    names = {
        "model": t.gettext("Computer program"),
        "respondent": t.gettext("You"),
        "human": t.gettext("Researcher"),
        "adjudicated": t.gettext("Researchers together"),
    }
    lines = []
    for coding in answer["codings"]:
        ids = codebook.in_order(filter(None, coding["categories"].split(",")))
        plain = [codebook.category(one).plain.of(t.language) for one in ids]
        said = "; ".join(plain) if plain else t.gettext("no barrier named")
        lines.append(f"  {names[coding['coder_kind']]}: {said}")
    return lines


def _yes(value: object, t: Texts) -> str:
    return t.gettext("Yes") if value else t.gettext("No")
