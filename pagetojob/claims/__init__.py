"""Claims: promises in public words, the gates that hold them back, and the guard that keeps text honest."""
