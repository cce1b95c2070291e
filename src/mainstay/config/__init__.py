"""Settings, entry points and how the app is started."""
