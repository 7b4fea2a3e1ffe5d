"""The maps of the registry (登記所備付地図, 不動産登記法 14 条): their XML and archives, and the parcels (筆) that are drawn on them."""
