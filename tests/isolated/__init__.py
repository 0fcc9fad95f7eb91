"""Deaths of recorded programs, each in a process of its own."""
