"""The readiness pack: public pages that show which features are ready, which are gated, and who owns each next step."""
