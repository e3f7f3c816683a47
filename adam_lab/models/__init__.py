"""The models that the lessons train, and their data. Each is one flat theta for adam_core."""
