"""What you see and touch in the lessons: pictures, panels and checks around adam_core."""
