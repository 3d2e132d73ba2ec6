"""Examples of requests, and the fit of the spam classifier's weights to them."""
