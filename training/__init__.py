"""Researchers' tools: pretrain an encoder, fine-tune it on coded answers, measure it. Knows the classifier, not the bot."""
