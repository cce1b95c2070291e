"""Retention: who was lost and why, winning back, and what came of it.

``finding`` follows each grading, ``services`` has what people decide, ``selectors`` what they read.
The room stands above ``effort``, whose visits and calls tell whether a customer was neglected.
"""
