"""The interview itself: guide, engine, probes, quotas. Pure: no Telegram, no SQL, no clock, no model."""
