"""Views of the drift app: the operators' board, findings and sites; the customer's answer; the demo site."""
