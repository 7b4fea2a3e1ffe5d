"""The only place that names concrete things: settings, wiring, command line."""
