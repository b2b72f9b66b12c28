"""Review: people code answers one tap after the other, two of them apart where drawn, and settle where they differ."""
