"""What happens to outcomes and links: files taken in, links written, decisions made. One transaction each."""
