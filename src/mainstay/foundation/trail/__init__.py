"""The audit trail behind its entries: sealed into a chain, its head kept outside, and proven.

``content`` is what an entry says as bytes, ``sealing`` links entries a while after they were
written, ``head`` is the file that knows how long the chain is, ``verifying`` finds what was
tampered with. Entries themselves are written by ``foundation.services.audit``.
"""
