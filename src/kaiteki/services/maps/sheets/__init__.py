"""Printed sheets to scale: a paper, a drawing in millimetres, and the same drawing as SVG, PDF and PNG."""
