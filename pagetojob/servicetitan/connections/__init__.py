"""Connection pages for operators: states, stored secrets, actions with reasons, disconnection and receipts."""
