"""What every test may use."""

pytest_plugins = ("node_under_test",)
