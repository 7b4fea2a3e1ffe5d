"""All that a service may use: manifest, engine, views, forms, files, and what follows from a manifest."""
