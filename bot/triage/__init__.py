"""Triage: what cannot wait until Monday reaches those with the right at once, and stays open until they have acted."""
