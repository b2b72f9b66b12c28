"""Coding beside the conversation: answers without a coding -> coder process -> codings. Nothing waits for it."""
