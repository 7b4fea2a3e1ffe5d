"""People find the facilities, shelters and data sets of their town; staff bring them in from files as they are."""
