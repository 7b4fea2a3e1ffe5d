"""The portal's own pages, one module per place of the town: home, search, map, my page, desk, hall."""
