"""Account pages. They work without JavaScript, except for passkeys, which browsers offer only to scripts."""
