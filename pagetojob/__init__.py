"""PageToJob: websites for contractors that are ready for ServiceTitan and never lose a lead."""
