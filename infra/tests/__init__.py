"""What the template promises, held against the code that relies on it. `make check` runs these."""
