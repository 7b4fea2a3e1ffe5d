"""City points: earn points for what you do for the town, see where they came from and until when they hold."""
