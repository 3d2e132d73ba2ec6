"""Durable background runs with progress, and the schedule of periodic tasks."""
