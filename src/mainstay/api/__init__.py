"""The API for programs, ``/api/v1``: the pages' selectors and services, as JSON."""
