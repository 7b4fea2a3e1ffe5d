"""The one decision: what a person may read, write and run, as Cedar policies say. Data planes, pages and commands ask here."""
