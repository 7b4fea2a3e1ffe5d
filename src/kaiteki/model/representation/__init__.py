"""The forms in which entities come and go: normalized, concise, simplified and GeoJSON, read into and written from the internal shape."""
