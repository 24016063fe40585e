"""The machine behind gate-booking-model: rules, what must always hold, what people were told, and guards taken away."""
