"""Tables for spreadsheets: the public views for researchers, and sheets in which people code without Telegram."""
