"""The city for assistants: tools of the Model Context Protocol that only read, under the permissions of who asks (decision 21)."""
