"""What people do for the town gives them points: campaigns with budgets and caps, given by the desk or for a citizens' task that is confirmed."""
