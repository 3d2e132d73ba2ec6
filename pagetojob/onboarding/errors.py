class OnboardingRefused(Exception):
    """Raised when a step cannot be taken. The message contains the next step."""
