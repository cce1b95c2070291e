"""Pages: views, forms, templates, charts. Reads through selectors, acts through services."""
