"""The booking connector: `plan` builds envelopes, `send` makes the calls, `interpret` returns their outcomes."""
