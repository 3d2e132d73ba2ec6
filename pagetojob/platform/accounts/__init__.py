"""User accounts: sign-in, second factors, sessions, invitations and password resets.

The package is imported by the schedule, so that its periodic tasks are in the common list, and depends only on
other parts of platform.
"""
