"""Approvals: who may not decide asks, and whoever holds the authority decides, step by step.

A room declares what can be asked for in its ``asking.py`` (``kinds``): which authorities decide,
what it would change, and how it is carried out. ``asking`` and ``deciding`` are the verbs,
``inbox`` is what people see, ``absence`` lets a deputy decide while somebody is away.
Docs: docs/adr/0039-approvals.md.
"""
