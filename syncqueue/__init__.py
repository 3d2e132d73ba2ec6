"""Intake, the outbox, and the operators' desk for what could not be delivered."""
