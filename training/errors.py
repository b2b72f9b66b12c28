"""The errors of training, each one line: what is wrong, where, and what is allowed.

TrainingError
├── SourceError    a folder of pretraining text has no table of sources, or a file is missing
├── ExampleError   a file of coded answers cannot be read or breaks the codebook
├── SplitError     a split would leave one side empty
├── SnapshotError  a snapshot has nothing to train on, was changed, or is of another codebook
├── PromotionError a model may not take over, or there is none to go back to
└── DiskError      a model, snapshot or checkpoint cannot be written

`python -m training` prints the message and exits with status 2.
"""


class TrainingError(Exception):
    """Base of all errors that a person training a coder can act on."""


class SourceError(TrainingError):
    """Pretraining text cannot be used."""


class ExampleError(TrainingError):
    """Coded answers cannot be used."""


class SplitError(TrainingError):
    """The examples cannot be divided as asked."""


class SnapshotError(TrainingError):
    """A snapshot cannot be taken or used."""


class PromotionError(TrainingError):
    """A model may not take the place of the current one."""


class DiskError(TrainingError):
    """Something cannot be written; what was there before is untouched."""
