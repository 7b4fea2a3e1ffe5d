"""People see what the sensors of their town say now: weather, heat, air, free parking spaces."""
