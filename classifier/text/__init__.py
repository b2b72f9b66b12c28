"""What can be said of a text without a model: skeleton, language and script, meaning units, refusals."""

from classifier.text.fold import fold
from classifier.text.refusal import is_refusal
from classifier.text.script import NEITHER, Lang, Language, Script, detect
from classifier.text.units import Span, meaning_units, words

__all__ = [
    "NEITHER",
    "Lang",
    "Language",
    "Script",
    "Span",
    "detect",
    "fold",
    "is_refusal",
    "meaning_units",
    "words",
]
