"""What is planted in texts: people, numbers, places and days, from lists and a seed."""
