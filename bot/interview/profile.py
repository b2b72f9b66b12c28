"""From the choice of language to the last step of the profile. Nothing is kept before consent and screening."""

from __future__ import annotations

from dataclasses import replace

from bot.interview.actions import (
    AddSchool,
    CheckQuota,
    Discard,
    FindSchool,
    OpenInterview,
    Refresh,
    SavePermission,
    SaveProfile,
    Say,
)
from bot.interview.events import QuotaChecked, SchoolsFound
from bot.interview.flow import Outcome, after, come_back, end, go, stay, wanted
from bot.interview.guide import Guide
from bot.interview.state import Candidate, State

# Characters of a typed job title or school name that are kept.
LONGEST = 200


def chose_language(_: Guide, state: State, option: str) -> Outcome:
    """The first choice leads to the information and consent; a later one back to where the interview stands."""
    chosen = replace(state, language=option)
    if state.resume is None:
        return go(chosen, "consent")
    kept = (SaveProfile("language", option),) if state.opened else ()
    return come_back(chosen, *kept, Say("language_changed"))


def answered_consent(_: Guide, state: State, option: str) -> Outcome:
    """Without consent nothing is kept."""
    return go(state, "screening") if option == "yes" else end(state, "declined", Say("declined"), Discard())


def answered_screening(guide: Guide, state: State, option: str) -> Outcome:
    """Who does not work with these pupils is thanked; who does has an interview from here on."""
    if option == "no":
        return end(state, "screened_out", Say("screened_out"), Discard())
    opened = OpenInterview(guide.consent_version, state.language)
    return go(replace(state, opened=True), "permissions", opened, SaveProfile("language", state.language))


def chose_permission(guide: Guide, state: State, option: str) -> Outcome:
    """Each press grants one permission or takes it back; all begin as no."""
    if option == "done":
        return leave(guide, state)
    permission, granted = wanted(option)
    others = tuple(name for name in state.permissions if name != permission)
    turned = replace(state, permissions=(*others, permission) if granted else others)
    return stay(turned, SavePermission(permission, granted), Refresh("permissions"))


def chose_role(guide: Guide, state: State, option: str) -> Outcome:
    """A role may have no places left; whoever has answered already stays."""
    if option == "skip":
        return leave(guide, state)
    return _with_quota(guide, replace(state, role=option), SaveProfile("role", option))


def chose_region(guide: Guide, state: State, option: str) -> Outcome:
    """Another region takes the district with it."""
    if option == "skip":
        return leave(guide, state)
    chosen = replace(state, region=option, district=None)
    return leave(guide, chosen, SaveProfile("region", option), SaveProfile("district", None))


def chose_district(guide: Guide, state: State, option: str) -> Outcome:
    """The school is looked for within the district."""
    if option == "skip":
        return leave(guide, state)
    return leave(guide, replace(state, district=option), SaveProfile("district", option))


def chose_locality(guide: Guide, state: State, option: str) -> Outcome:
    """Village, town or city."""
    return leave(guide, state) if option == "skip" else leave(guide, state, SaveProfile("locality", option))


def chose_skip(guide: Guide, state: State, _: str) -> Outcome:
    """A typed step has only this button."""
    return leave(guide, state)


def chose_school(guide: Guide, state: State, option: str) -> Outcome:
    """One of the schools found, the name as typed, or another try."""
    if option == "again":
        return go(state, "school")
    if option == "new":
        return leave(guide, replace(state, school_key=None), AddSchool(_district(state), state.school_text or ""))
    school = state.candidates[int(option)]
    return _with_quota(guide, replace(state, school_key=school.key), SaveProfile("school_key", school.key))


def typed_job_title(guide: Guide, state: State, text: str) -> Outcome:
    """A job title in the respondent's own words."""
    return leave(guide, state, SaveProfile("job_title", " ".join(text.split())[:LONGEST]))


def typed_school(_: Guide, state: State, text: str) -> Outcome:
    """A school's name; the host looks for schools like it."""
    name = " ".join(text.split())[:LONGEST]
    return stay(replace(state, school_text=name), FindSchool(_district(state), name))


def found_schools(_: Guide, state: State, event: SchoolsFound) -> Outcome:
    """What was found is shown for confirmation by a button."""
    candidates = tuple(Candidate(school.key, school.name) for school in event.matches)
    return go(replace(state, candidates=candidates), "school_confirm")


def checked_quota(guide: Guide, state: State, event: QuotaChecked) -> Outcome:
    """No place left: thanks, and the interview that has no answers yet is taken back."""
    return end(state, "quota_full", Say("quota_full"), Discard()) if event.full else leave(guide, state)


def leave(guide: Guide, state: State, *before: SaveProfile | AddSchool) -> Outcome:
    """On to the step after this one."""
    return go(state, after(guide, state, state.step), *before)


def _district(state: State) -> str | None:
    # A region and a district may have the same id (zhambyl), so the region is marked.
    return state.district or (f"region:{state.region}" if state.region else None)


def _with_quota(guide: Guide, state: State, save: SaveProfile) -> Outcome:
    if state.answers:
        return leave(guide, state, save)
    return stay(state, save, CheckQuota(state.role, state.school_key))
