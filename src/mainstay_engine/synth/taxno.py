"""Tax numbers that check: unified social credit codes (统一社会信用代码, GB 32100-2015)."""

from __future__ import annotations

import numpy as np

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def check_character(first17: str) -> str:
    """The 18th character: A[(31 − Σ aᵢ·3^(i−1) mod 31) mod 31]. «91350100M000100Y4» gives «3»."""
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check(first8: str) -> str:
    """The ninth character of an organisation code (GB 11714): 11 − Σ mod 11, 10 → X, 11 → 0."""
    values = (int(c, 36) for c in first8)
    total = sum(v * w for v, w in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def tax_number(area: str, rng: np.random.Generator) -> str:
    """A made-up but valid code of an enterprise registered in ``area`` (six digits)."""
    organisation = "MA" + "".join(ALPHABET[i] for i in rng.integers(0, len(ALPHABET), 6))
    first17 = "91" + area + organisation + organisation_check(organisation)
    return first17 + check_character(first17)


def is_valid(code: str) -> bool:
    """Whether the last character of an 18-character code checks."""
    return (
        len(code) == 18
        and all(c in ALPHABET for c in code)
        and check_character(code[:17]) == code[17]
    )
