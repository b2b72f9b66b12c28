"""People with rights: what they may do in the bot, who may do what, and how one becomes one of them."""
