"""The pages of the counters: what they show, and the templates beside them."""
