"""Packages: named templates of resources, in immutable versions."""
