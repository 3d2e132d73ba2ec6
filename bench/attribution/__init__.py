"""How good and how fast the linkage is: worlds of noisy leads and jobs with known truth, FEBRL4, and baselines."""
