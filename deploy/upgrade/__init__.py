"""`make upgrade-drill`: replace a release by this clone under load, host by host, and go back."""
