"""The company: its settings and its working calendar.

``settings`` reads and changes what an administrator decides for everybody, ``days`` keeps the days
the firm enters into its calendar, ``once`` lets a request read either only once.
"""
