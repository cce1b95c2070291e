"""Policies: what each class of a scheme is owed, what it costs, and what each customer got.

``benefits.yaml`` lists what can be owed, ``starts.yaml`` terms to begin from. ``changing`` decides
on versions, ``excepting`` on exceptions for one customer, ``asking`` lets others ask. ``costing``
says what terms cost, ``holding`` since when a class is held, ``owing`` what is owed and given.
"""
