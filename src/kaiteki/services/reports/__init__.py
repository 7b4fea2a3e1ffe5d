"""People say what is broken or good in their town, see who deals with it and when, and mend together what they can."""
