"""`kaiteki bench`: how fast a node of this machine is, beside the fastest answer it could give at all."""
