"""`build explain` and `build impact`: what is behind a value, and what hangs on a column, a term or a constant."""
