"""A seeded small outside (residents, staff, sensors, weather) that knows the city only by its public protocols."""
