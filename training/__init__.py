"""Researchers' tools: pretrain an encoder, fine-tune it on coded answers, measure it. Knows nothing of the bot."""
