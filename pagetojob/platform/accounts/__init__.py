"""How people come in and prove who they are: sign-in, second step, sessions, invitations, password resets.

It stands below the schedule, so that its duties are in the one list, and leans on the kernel only.
"""
