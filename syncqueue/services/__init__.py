"""What happens when: capture, deliver, operate."""
