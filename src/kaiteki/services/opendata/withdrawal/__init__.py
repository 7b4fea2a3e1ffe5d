"""What is not public: data sets and records that staff withdrew, drafts, and what was erased for good."""
