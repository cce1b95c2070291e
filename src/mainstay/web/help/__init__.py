"""Help as data: the glossary, what to do step by step, the keys; and finding them."""
