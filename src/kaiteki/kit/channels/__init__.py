"""The ways by which a message reaches somebody who is elsewhere: push, e-mail, SMS and LINE (decision 0053)."""
