"""Notices: what people are told of, in the app, by mail at once, or once a day.

``kinds`` is where a room declares what it tells of, ``telling`` writes notices in the transaction
of what happened, ``reading`` is what their reader sees and does, ``mailing`` sends them.
"""
