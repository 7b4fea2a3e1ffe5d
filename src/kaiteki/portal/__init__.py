"""The web that people see: server-rendered pages that work without JavaScript and without the map."""
