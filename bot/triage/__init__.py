"""From a patient's own words to an urgency, red flags, departments and the next question. Pure."""
