"""The digest as one picture for a phone: a bar with its interval for each category, and eight weeks as a line.

Drawn twice as wide as a phone shows it, so that the smallest letters stay readable at 400 pixels. The colours are those
of Okabe and Ito (2008), which colour-blind readers tell apart; nothing is said by colour alone. Figures are drawn
without pyplot, whose list of open figures belongs to one thread.

Left out: what may be shown; `compose` has decided it. Where nobody may be counted, there is nothing to draw.
"""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

from bot.channels.texts import Texts
from bot.digest.compose import Digest, Line
from bot.digest.words import HIDDEN, NOISE, arrow, hidden_note, name_of, percent, week_title
from classifier.codebook import Codebook

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A phone shows 400 pixels; the picture has two for each of them.
WIDTH_PX, DPI = 800, 200
_WIDTH_IN = WIDTH_PX / DPI
_ROW_IN, _HEAD_IN, _FOOT_IN = 0.62, 0.7, 1.28
# Points, as wide as on paper: 1 point is 2.8 pixels here, 1.4 on the phone.
_TITLE, _NAME, _SMALL = 11.0, 9.5, 7.6
# Letters; longer names are written smaller.
_LONG_NAME = 30
BLUE, ORANGE, GREY, PALE, INK = "#0072B2", "#D55E00", "#6E6E6E", "#E3E8EC", "#1A1A1A"
_BAR_END, _LINE_FROM, _LINE_TO = 0.66, 0.73, 0.97


def picture(digest: Digest, codebook: Codebook, t: Texts, scope: str) -> bytes:
    """The picture as PNG, 800 pixels wide. `scope`: its name, as the reader knows it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = _HEAD_IN + _ROW_IN * len(digest.lines) + _FOOT_IN
    figure = Figure((_WIDTH_IN, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    _head(figure, digest, height, t, scope)
    for number, line in enumerate(digest.lines):
        bottom = height - _HEAD_IN - _ROW_IN * (number + 1)
        axes = figure.add_axes((0.04, bottom / height, 0.92, _ROW_IN / height))
        _row(axes, line, name_of(digest.lens, line.name, codebook, t), t)
    _foot(figure, height, digest, t)
    written = io.BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()


def _head(figure: Figure, digest: Digest, height: float, t: Texts, scope: str) -> None:
    figure.text(0.04, 1 - 0.24 / height, week_title(digest.week, t), size=_TITLE, weight="bold", color=INK, va="center")
    people = digest.people or 0
    said = t.ngettext("{number} respondent", "{number} respondents", people, number=people)
    said = said if digest.scope == "all" else f"{scope}: {said}"
    for at, row in enumerate(textwrap.wrap(said, 46)[:2]):
        figure.text(0.04, 1 - (0.5 + 0.19 * at) / height, row, size=_SMALL, color=GREY, va="center")


def _row(axes: Axes, line: Line, name: str, t: Texts) -> None:
    """One category: its name and share above, bar and interval on the left, eight weeks on the right."""
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.axis("off")
    size = _NAME if len(name) <= _LONG_NAME else _SMALL
    axes.text(0, 0.82, textwrap.shorten(name, 42, placeholder="…"), size=size, color=INK, va="center")
    if line.share is None or line.interval is None:
        axes.text(1, 0.82, HIDDEN, size=_NAME, color=GREY, va="center", ha="right")
        axes.plot([0, _BAR_END], [0.38, 0.38], color=PALE, lw=9, solid_capstyle="butt")
        return
    changed = line.change is not None and line.change.real
    said = f"{percent(line.share, t)}  {arrow(line.change, t)}".rstrip()
    axes.text(1, 0.82, said, size=_NAME, color=INK, va="center", ha="right", weight="bold")
    axes.plot([0, _BAR_END], [0.38, 0.38], color=PALE, lw=9, solid_capstyle="butt")
    axes.plot([0, _BAR_END * line.share], [0.38, 0.38], color=BLUE, lw=9, solid_capstyle="butt")
    low, high = _BAR_END * line.interval.low, _BAR_END * line.interval.high
    axes.plot([low, high], [0.38, 0.38], color=INK, lw=1.2)
    for end in (low, high):
        axes.plot([end, end], [0.28, 0.48], color=INK, lw=1.2)
    _weeks(axes, line, changed)


def _weeks(axes: Axes, line: Line, changed: bool) -> None:
    """Shares of the last weeks between nobody and everybody; a week that may not be shown is a gap."""
    step = (_LINE_TO - _LINE_FROM) / max(len(line.history) - 1, 1)
    xs = [_LINE_FROM + step * at for at in range(len(line.history))]
    ys = [0.24 + 0.4 * part[0] / part[1] if part and part[1] else float("nan") for part in line.history]
    axes.plot([_LINE_FROM, _LINE_TO], [0.24, 0.24], color=PALE, lw=1)
    axes.plot(xs, ys, color=GREY, lw=1.4, marker="o", ms=2)
    axes.plot(xs[-1:], ys[-1:], color=ORANGE if changed else BLUE, marker="D" if changed else "o", ms=4.5)


def _foot(figure: Figure, height: float, digest: Digest, t: Texts) -> None:
    """What the marks mean, and the axis of the bars."""
    for share in (0.0, 0.5, 1.0):
        figure.text(0.04 + 0.92 * _BAR_END * share, (_FOOT_IN - 0.06) / height, percent(share, t), size=7, color=GREY,
                    ha="left" if share == 0 else "center", va="center")  # fmt: skip
    weeks = max((len(line.history) for line in digest.lines), default=0)
    notes = [
        t.gettext("Bar: share of respondents; line: what chance allows (95 %)."),
        t.ngettext("Right: the last {number} week.", "Right: the last {number} weeks.", weeks, number=weeks)
        + " "
        + t.gettext("Diamond: more than chance."),
    ]
    if any(line.change and not line.change.real for line in digest.lines):
        notes.append(t.gettext("{sign} – the change is within chance", sign=NOISE))
    if any(line.people is None for line in digest.lines):
        notes.append(hidden_note(digest, t))
    rows = [row for note in notes for row in textwrap.wrap(note.replace(" %", "\N{NO-BREAK SPACE}%"), 54)]
    for at, row in enumerate(rows[:6]):
        figure.text(0.04, (_FOOT_IN - 0.28 - 0.16 * at) / height, row, size=7.5, color=GREY, va="center")
