"""The client for ServiceTitan's public API. Nothing here is switched on, approved or connected by being here.

It knows only what public sources say; what they leave open it neither sends nor relies on. No table is touched, no
body and no secret reaches a log, a repr or an error.
"""
