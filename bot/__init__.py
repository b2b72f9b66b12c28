"""The Kedergi bot: collects interviews in a chat, has them coded, and reports on them."""
