"""The city services, one folder each; a service's first page is one sentence and no code."""
