"""Pages of drift: the operators' board, findings and sites; the customer's answer; the demo site."""
