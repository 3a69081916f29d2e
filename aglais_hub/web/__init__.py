"""Shared HTTP: who is calling, bodies as forms or JSON, errors in one shape, paging."""
