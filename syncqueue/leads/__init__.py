"""What a visitor asked for. Data only: how it travels is the business of syncqueue."""
