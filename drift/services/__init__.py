"""What drift does: read a site, settle findings, ask the customer, agree fixes."""
