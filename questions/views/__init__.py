"""The pages of the bank and of practice."""
