"""What the engine wants done. Imperative; plain data; the host carries them out in order, in one transaction.

Three kinds: things to show (they become outbox rows), things to keep (they become rows of the store), and requests
(the host answers them at once with an event). An action that the host does not know is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Action:
    """Base of all actions."""


# --- to show -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask(Action):
    """Show the prompt of `step` with its buttons, as the new current prompt."""

    step: str


@dataclass(frozen=True, slots=True)
class Probe(Action):
    """Ask once, gently, for more on `question`; the answer stays open."""

    question: int


@dataclass(frozen=True, slots=True)
class Say(Action):
    """Show one short text that asks nothing. `notice` names it; `values` fill its gaps."""

    notice: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Toast(Action):
    """Acknowledge a button without a message: a line that floats by in Telegram, a plain line in the terminal."""

    notice: str = ""


@dataclass(frozen=True, slots=True)
class Refresh(Action):
    """Redraw the text and buttons of the prompt of `step`, in place where the channel can."""

    step: str


@dataclass(frozen=True, slots=True)
class ShowSummary(Action):
    """Show the respondent's own answers and thanks."""


@dataclass(frozen=True, slots=True)
class SendCopy(Action):
    """Send the respondent a copy of everything kept about them."""


@dataclass(frozen=True, slots=True)
class SendInvitation(Action):
    """Send the respondent their personal invitation link and its QR picture."""


# --- to keep -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenInterview(Action):
    """Consent and screening are passed: create the respondent and the interview. Nothing is kept before this."""

    consent_version: str
    consent_language: str


@dataclass(frozen=True, slots=True)
class SaveProfile(Action):
    """Keep one field of the profile: language, role, job_title, region, district, school_key, locality."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class AddSchool(Action):
    """Keep a school that was typed and confirmed but not known yet, and set it in the profile.

    `district` is `region:<id>` where no district was chosen, None where no region was either.
    """

    district: str | None
    name: str


@dataclass(frozen=True, slots=True)
class SavePermission(Action):
    """Keep a yes or no to `name`: quote, training or contact."""

    name: str
    granted: bool


@dataclass(frozen=True, slots=True)
class SaveMessage(Action):
    """Add a message to the answer to `question`. If the answer was finished, this makes a new version of it."""

    question: int
    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class ReviseMessage(Action):
    """Replace the text of a message of an answer; a finished answer gets a new version."""

    question: int
    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class KeepUnplaced(Action):
    """Keep a message that is bound to no question yet."""

    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class PlaceMessage(Action):
    """Bind a kept message to `question`; a finished answer gets a new version."""

    question: int
    message_id: int


@dataclass(frozen=True, slots=True)
class FinishAnswer(Action):
    """The answer to `question` is complete: make its version and let it be coded."""

    question: int


@dataclass(frozen=True, slots=True)
class SkipAnswer(Action):
    """The respondent passed over `question`."""

    question: int


@dataclass(frozen=True, slots=True)
class SaveClarity(Action):
    """Pilot rounds: was `question` clear?"""

    question: int
    clear: bool


@dataclass(frozen=True, slots=True)
class FinishInterview(Action):
    """The interview is complete."""


@dataclass(frozen=True, slots=True)
class SaveCheck(Action):
    """The respondent's own coding of the answer to `question`, made in the member check."""

    question: int
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Discard(Action):
    """Keep nothing of this conversation: no consent, or screened out. Nothing was kept about answers before."""


@dataclass(frozen=True, slots=True)
class Erase(Action):
    """The respondent withdraws: erase everything that `docs` promise and send the receipt."""


# --- requests ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FindSchool(Action):
    """Look for schools named like `text` in `district` (as in AddSchool); answered by SchoolsFound."""

    district: str | None
    text: str


@dataclass(frozen=True, slots=True)
class CheckQuota(Action):
    """Is there a place left for this role and school? Answered by QuotaChecked."""

    role: str | None
    school_key: str | None
