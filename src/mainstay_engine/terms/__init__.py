"""Terms of payment: when an invoice falls due, by rule, and the words in which people say it."""

from mainstay_engine.terms.model import Span, Start, Terms, calendar
from mainstay_engine.terms.words import UnreadableTerms, parse_terms, readings

__all__ = ["Span", "Start", "Terms", "UnreadableTerms", "calendar", "parse_terms", "readings"]
