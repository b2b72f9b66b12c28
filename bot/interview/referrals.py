"""Quotas of snowball sampling: how many places a role or a school has, and whether one is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quotas:
    """Places per role and per school; a role that is not named and a school limit of None have no end."""

    roles: Mapping[str, int]
    school: int | None = None

    def full(self, role: str | None, in_role: int, in_school: int) -> bool:
        """Whether the role or the school has no place left, given how many others are there already."""
        role_full = role is not None and role in self.roles and in_role >= self.roles[role]
        return role_full or (self.school is not None and in_school >= self.school)
