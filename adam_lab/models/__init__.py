"""Data and models of the lessons from 07 on; each is trained as one flat theta."""
