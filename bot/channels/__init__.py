"""Two edges of one interview engine, Telegram and the terminal: Update -> Event, Action -> Message, nothing else."""
