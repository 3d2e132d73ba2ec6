"""Lead intake, the outbox, and the operations pages for items that could not be delivered."""
