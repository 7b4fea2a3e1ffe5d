"""Downloads of data sets: the same records in the forms that people and programs ask for, each at a stable address."""
