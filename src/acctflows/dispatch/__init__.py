"""Documents on their way to the client and back: invited, answered, copied; all kinds alike."""
