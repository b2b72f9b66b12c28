"""What can be said of a text without a model: skeleton, language, script, meaning units, refusals."""

from classifier.text.fold import fold

__all__ = ["fold"]
