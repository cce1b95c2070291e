"""The studio of a scheme: its definition as plain controls. ``paths`` reads and writes single parts
of it, ``shape`` adds, moves and converts parts, ``controls`` says what stands on the page,
``faults`` puts each fault beside its control, ``differences`` tells versions apart in words.

The definition itself travels with the form; what the controls do not show stays as it is.
"""
