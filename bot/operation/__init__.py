"""Keeps the service itself well: backups, retention, a look at its health, metrics, and the doctor for its operator."""
