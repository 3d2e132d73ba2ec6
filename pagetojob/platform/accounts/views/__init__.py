"""The pages of accounts. Each works without scripts, but for passkeys, which browsers give to scripts alone."""
