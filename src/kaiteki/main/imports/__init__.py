"""`kaiteki import`: files of a town into an area, of this machine or of a running node elsewhere."""
