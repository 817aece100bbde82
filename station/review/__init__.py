"""The questions that the station asks about images and sheets, and their answers."""
