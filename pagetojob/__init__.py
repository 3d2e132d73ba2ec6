"""PageToJob: contractor websites that are ready for ServiceTitan and never lose a lead."""
