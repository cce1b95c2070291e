"""Geometry of the pictures: figures in, coordinates out; templates draw them as SVG."""
