"""What the pages of attribution show and count. Each takes the tenant and says how many queries it makes."""
