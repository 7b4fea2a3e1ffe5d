"""Points become electronic money, goods and tickets of facilities, and what partners answer is compared."""
