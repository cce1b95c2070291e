"""The schemes a company grades by: which are in use, by whose decision, and what people add to
them: classes they set, and judgements.

``models`` keeps them, ``in_use`` says what a grading runs, ``changing`` decides, ``asking`` lets
others ask for it, ``replaying`` tells what one would have been worth, ``judging`` and
``overriding`` are what people say of one customer.
"""
