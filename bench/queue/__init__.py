"""`make bench-queue`: bookings handed over per second, by our engine and by three others in the same run."""
