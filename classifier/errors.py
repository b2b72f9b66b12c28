"""The errors of the classifier, each one line: what is wrong, where, and what is allowed.

ClassifierError
├── CodebookError   codebook.toml cannot be read or breaks a rule
├── ModelError      a model directory is missing, incomplete or belongs to another codebook
├── InputError      an option or the header of an input file cannot be used
└── RowError        one input row cannot be read; the rest is coded

`python -m classifier` prints the message; all but RowError end it with status 2.
"""


class ClassifierError(Exception):
    """Base of all errors that a person running the classifier can act on."""


class CodebookError(ClassifierError):
    """The codebook cannot be read or is not valid."""


class ModelError(ClassifierError):
    """A model directory cannot be used."""


class InputError(ClassifierError):
    """An option or an input file cannot be used."""


class RowError(ClassifierError):
    """One row of the input cannot be read."""
